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

/** Fails with Docker's words for an operation on a file: `open x.tar: no such file or directory`. */
export function failOnFile(operation: string, path: string, error: unknown): never {
  if (error instanceof KindedError) throw error;
  const { code = "", errno } = error as NodeJS.ErrnoException;
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  const kind = KINDS[code] ?? "internal";
  throw new KindedError(kind, `${operation} ${path}: ${words ?? messageOf(error)}`, error);
}
