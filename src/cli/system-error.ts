import { getSystemErrorMap } from "node:util";
import { type Kind, KindedError, messageOf } from "#errors";

const KINDS: Readonly<Record<string, Kind>> = {
  ENOENT: "not-found",
  ENOTDIR: "invalid-argument",
  EISDIR: "invalid-argument",
  ELOOP: "invalid-argument",
  ENAMETOOLONG: "invalid-argument",
  EACCES: "permission-denied",
  EPERM: "permission-denied",
  EROFS: "permission-denied",
  ENOSPC: "resource-exhausted",
  EDQUOT: "resource-exhausted",
};

/**
 * Fails with Docker's words for an operation on a file: `open x.tar: no such file or directory`.
 * An error that is not the system's stays as it is.
 */
export function failOnFile(operation: string, path: string, error: unknown): never {
  const { code = "", errno } = error as NodeJS.ErrnoException;
  if (errno === undefined) throw error;
  const message = `${operation} ${path}: ${systemWords(error)}`;
  throw new KindedError(KINDS[code] ?? "internal", message, error);
}

/** What went wrong in the system's words: `no space left on device`. */
export function systemWords(error: unknown): string {
  const { code, errno = 0 } = error as NodeJS.ErrnoException;
  if (code === "EISDIR") return "is a directory";
  return getSystemErrorMap().get(errno)?.[1] ?? messageOf(error);
}
