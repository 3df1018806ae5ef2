import { resolveOwner } from "#runtime";
import type { BuildSession } from "../session.ts";
import type { RootState } from "../solver/root-state.ts";

/** Who owns a file. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT_OWNER: Owner = { uid: 0, gid: 0 };
const NUMBERS = /^\d*(?::\d*)?$/;
const NOWHERE = "/nonexistent";

/**
 * The owner that `user[:group]` means in a root file system. Numbers mean themselves; for names
 * the tree is mounted and its /etc/passwd and /etc/group are read.
 */
export async function resolveOwnerIn(
  { layers }: RootState,
  text: string,
  session: BuildSession,
): Promise<Owner> {
  const root = NUMBERS.test(text) ? NOWHERE : await session.trees.mount(layers);
  return resolveOwner(text, root);
}
