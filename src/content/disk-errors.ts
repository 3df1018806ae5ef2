import { fail, type Kind, messageOf } from "#errors";

const KINDS: Readonly<Record<string, readonly [kind: Kind, advice: string]>> = {
  ENOSPC: ["resource-exhausted", "the disk is full; free some space (shale system df) and retry"],
  EDQUOT: ["resource-exhausted", "the disk quota is used up; free some space and retry"],
  EFBIG: ["resource-exhausted", "the file would be larger than is allowed here"],
  EROFS: ["permission-denied", "the file system is read-only; use another root"],
  EACCES: ["permission-denied", "access denied; use another root or user"],
  EPERM: ["permission-denied", "access denied; use another root or user"],
};

/** Throws what a failed file operation of the store means to its user. */
export function failWriting(root: string, error: unknown): never {
  const row = KINDS[(error as NodeJS.ErrnoException).code ?? ""];
  if (!row) throw error;
  const [kind, advice] = row;
  return fail(kind, `cannot write a blob to ${root}: ${advice} (${messageOf(error)})`, error);
}
