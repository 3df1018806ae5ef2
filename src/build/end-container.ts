import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { deleteContainer, type Runtime, stateOf } from "#runtime";

const PATIENCE_MS = 2000;
const PAUSE_MS = 10;

/**
 * Ends a container of a build that was broken off. A runtime that was just starting it goes on,
 * and is waited for.
 */
export async function endContainer(runtime: Runtime, id: string): Promise<void> {
  const known = join(runtime.stateRoot, id);
  const patience = Date.now() + PATIENCE_MS;
  while (existsSync(known) && stateOf(runtime, id) === undefined && Date.now() < patience)
    await sleep(PAUSE_MS);
  if (existsSync(known)) await deleteContainer(runtime, id, { force: true });
}
