import { type Kind, KindedError, messageOf } from "#errors";

/** The words of strerror(3) and the kind, for what users run into. */
const KNOWN: Readonly<Record<string, readonly [Kind, string]>> = {
  ENOENT: ["not-found", "no such file or directory"],
  ENOTDIR: ["invalid-argument", "not a directory"],
  EISDIR: ["invalid-argument", "is a directory"],
  EACCES: ["permission-denied", "permission denied"],
  EPERM: ["permission-denied", "operation not permitted"],
  EROFS: ["permission-denied", "read-only file system"],
  ELOOP: ["invalid-argument", "too many levels of symbolic links"],
  ENAMETOOLONG: ["invalid-argument", "file name too long"],
  ENOSPC: ["resource-exhausted", "no space left on device"],
  EDQUOT: ["resource-exhausted", "disk quota exceeded"],
  EIO: ["data-loss", "input/output error"],
};

/** Fails with Docker's words for an operation on a file: `open x.tar: no such file or directory`. */
export function failOnFile(operation: string, path: string, error: unknown): never {
  if (error instanceof KindedError) throw error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const [kind, words] = KNOWN[code] ?? ["internal", messageOf(error)];
  throw new KindedError(kind, `${operation} ${path}: ${words}`, error);
}
