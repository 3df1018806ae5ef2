import { type Kind, KindedError } from "#errors";

/** A failure that may be gone when the request is sent again. */
export class PassingFault extends KindedError {
  /** How long the server asks to wait (Retry-After), in milliseconds. */
  readonly afterMs: number | undefined;

  constructor(kind: Kind, message: string, options: { cause?: unknown; afterMs?: number } = {}) {
    super(kind, message, options.cause);
    this.afterMs = options.afterMs;
  }
}
