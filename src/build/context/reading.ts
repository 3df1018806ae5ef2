import { fail, type Kind, kindOf, messageOf } from "#errors";

/** What the system's refusals come to; those of `#kernel` are kinds already. */
const KINDS: Readonly<Record<string, Kind>> = {
  ENOENT: "not-found",
  ENOTDIR: "not-found",
  EACCES: "permission-denied",
  EPERM: "permission-denied",
};

/** Does something with a file that is copied; what goes wrong is said of its path in the tree. */
export function reading<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return failReading(path, error);
  }
}

/** Throws why a file could not be read, with its path and what to do. */
export function failReading(path: string, error: unknown): never {
  const name = JSON.stringify(`/${path}`);
  const kind = KINDS[(error as NodeJS.ErrnoException).code ?? ""] ?? kindOf(error);
  switch (kind) {
    case "not-found":
      return fail(kind, `${name} went away while it was read: try again`, error);
    case "permission-denied":
      return fail(
        kind,
        `cannot read ${name}: permission denied: make it readable, or list it in .dockerignore`,
        error,
      );
    case "failed-precondition":
      return fail(
        kind,
        `${name} changed while it was read: try again when nothing writes to it`,
        error,
      );
    default:
      return fail(kind, `cannot read ${name}: ${messageOf(error)}`, error);
  }
}
