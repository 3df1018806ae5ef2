/** What went wrong, in the few ways a caller can react to differently. */
export type Kind =
  | "invalid-argument"
  | "not-found"
  | "already-exists"
  | "conflict"
  | "failed-precondition"
  | "permission-denied"
  | "unauthenticated"
  | "resource-exhausted"
  | "data-loss"
  | "unsupported"
  | "unavailable"
  | "cancelled"
  | "internal";

/**
 * The one error type that crosses module borders. The message says what failed, on what, and
 * what to do next; `cause` keeps the error underneath.
 */
export class KindedError extends Error {
  readonly kind: Kind;

  constructor(kind: Kind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "KindedError";
    this.kind = kind;
  }
}

/** Throws a {@link KindedError}; an expression, so that it can stand after `??`. */
export function fail(kind: Kind, message: string, cause?: unknown): never {
  throw new KindedError(kind, message, cause);
}

/** The kind of any thrown value; what is not a {@link KindedError} is `internal`. */
export function kindOf(thrown: unknown): Kind {
  const error = firstOf(thrown);
  if (error instanceof KindedError) return error.kind;
  if (error instanceof Error && error.name === "AbortError") return "cancelled";
  return "internal";
}

/** The text of any thrown value, for a message that wraps it. */
export function messageOf(thrown: unknown): string {
  const error = firstOf(thrown);
  return error instanceof Error ? error.message : String(error);
}

/** What went wrong first, where disposing failed on top of it (SuppressedError says nothing). */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}
