import { type LayerEntry, writeLayer } from "#layer";
import { digestOf } from "#oci";
import type { WorkdirOperation } from "../plan.ts";
import type { BuildSession } from "../session.ts";
import type { RootState } from "../solver/root-state.ts";
import type { Vertex } from "../solver/solver.ts";
import { Destination } from "./copy/destination.ts";
import { ROOT_OWNER, resolveOwnerIn } from "./owner.ts";

/** A WORKDIR: makes the directories that are missing, for the user of the stage. */
export function workdirVertex(
  operation: WorkdirOperation,
  parent: RootState,
  session: BuildSession,
): Vertex {
  const { directory, user } = operation;
  return {
    key: digestOf(JSON.stringify(["workdir", parent.chain ?? "", directory, user])),
    async execute() {
      const files = await missingDirectories(operation, parent, session);
      const created = new Date().toISOString();
      if (files.length === 0)
        return { result: { layer: undefined, size: 0, created }, cacheable: true };
      const row = await session.addLayer(writeLayer(files));
      return { result: { layer: row.diffId, size: row.size, created }, cacheable: true };
    },
  };
}

async function missingDirectories(
  { directory, user }: WorkdirOperation,
  parent: RootState,
  session: BuildSession,
): Promise<LayerEntry[]> {
  const owner = user === "" ? ROOT_OWNER : await resolveOwnerIn(parent, user, session);
  const time = { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 };
  const destination = new Destination(session.view(parent.layers), owner, time);
  const files: LayerEntry[] = [];
  const resolved = await destination.resolve(directory);
  for await (const file of destination.makeDirectories(resolved)) files.push(file);
  return files;
}
