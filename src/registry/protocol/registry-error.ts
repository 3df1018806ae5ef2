import { type Kind, kindOf, messageOf } from "#errors";

/** Codes of the spec (OCI distribution spec, "Error Codes") and of docker's registry, with their status. */
const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNAVAILABLE: 503,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

export type ErrorCode = keyof typeof STATUS;

/** What a request is refused with. */
export class RegistryError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly status?: number;
      readonly detail?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.status = options.status ?? STATUS[code];
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }

  /** The body that the spec wants. */
  toResponse(): Response {
    const error = {
      code: this.code,
      message: this.message,
      ...(this.detail !== undefined && { detail: this.detail }),
    };
    return Response.json({ errors: [error] }, { status: this.status, headers: this.headers });
  }
}

/** Throws a {@link RegistryError}; an expression, so that it can stand after `??`. */
export function refuse(...error: ConstructorParameters<typeof RegistryError>): never {
  throw new RegistryError(...error);
}

/** Failures whose message is meant for the client; all others may name what is inside of us. */
const CODES: Readonly<Partial<Record<Kind, readonly [code: ErrorCode, status: number]>>> = {
  "resource-exhausted": ["SIZE_INVALID", 413],
  "not-found": ["BLOB_UPLOAD_UNKNOWN", 404],
  unavailable: ["UNAVAILABLE", 503],
  unsupported: ["UNSUPPORTED", 400],
};

/** What a client is told of a failure; what is inside of us stays there. */
export function asRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const row = CODES[kindOf(error)];
  if (!row) return new RegistryError("UNKNOWN", "the registry could not answer this request");
  return new RegistryError(row[0], messageOf(error), { status: row[1] });
}
