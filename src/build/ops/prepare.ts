import type { CopyOperation, Step } from "../plan.ts";
import type { BuildSession } from "../session.ts";
import { baseState, type RootState } from "../solver/root-state.ts";
import type { Solver, Vertex } from "../solver/solver.ts";
import { workdirVertex } from "./workdir.ts";

/** Finds out what a step reads, so that it can be looked up, or done. */
export async function prepareStep(
  { operation }: Step,
  parent: RootState,
  solver: Solver,
  session: BuildSession,
): Promise<Vertex> {
  switch (operation.kind) {
    case "run": {
      const { runVertex } = await import("./run/run.ts");
      return runVertex(operation, parent, session);
    }
    case "copy":
      return prepareCopy(operation, parent, solver, session);
    case "workdir":
      return workdirVertex(operation, parent, session);
  }
}

async function prepareCopy(
  operation: CopyOperation,
  parent: RootState,
  solver: Solver,
  session: BuildSession,
): Promise<Vertex> {
  const { copyVertex } = await import("./copy/copy.ts");
  const { contextInput, stageInput } = await import("./copy/prepare-copy.ts");
  const { from } = operation;
  if (from.kind === "context")
    return copyVertex(operation, await contextInput(operation, session), parent, session);
  const root =
    from.kind === "stage"
      ? await solver.stage(from.stage)
      : baseState(from.image.config.rootfs.diff_ids);
  return copyVertex(operation, await stageInput(operation, root, session), parent, session);
}
