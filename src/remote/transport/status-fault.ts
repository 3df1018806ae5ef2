import { type Kind, KindedError } from "#errors";
import { PassingFault } from "../passing-fault.ts";
import { formatErrors, type SpecError, specErrors } from "./http-error.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { HttpResponse } from "./transport.ts";

const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/** RFC 9110 section 15 and RFC 6585, of those that say little by their number. */
const NAMES: Readonly<Record<number, string>> = {
  408: "Request Timeout",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** What an answer of 400 and above means; reads its body. `what` names the request's subject. */
export async function statusFault(response: HttpResponse, what: string): Promise<KindedError> {
  const errors = await specErrors(response);
  const reason = reasonOf(response, errors);
  const { status } = response;
  if (status === 429) return limited(response, `${what}: ${reason}`);
  if (PASSING.has(status)) {
    const afterMs = retryAfterMs(response.headers);
    return new PassingFault("unavailable", `${what}: ${reason}`, {
      ...(afterMs !== undefined && { afterMs }),
    });
  }
  return new StatusFault(kindOfStatus(status), `${what}: ${reason}`, status, errors);
}

/** A refusal that says why. */
export class StatusFault extends KindedError {
  readonly status: number;
  readonly errors: readonly SpecError[];

  constructor(kind: Kind, message: string, status: number, errors: readonly SpecError[]) {
    super(kind, message);
    this.status = status;
    this.errors = errors;
  }
}

/**
 * The error body's text; where there is none, the status as Docker says it. Of faults that may
 * pass the status is named in any case: the text is mostly a proxy's or says nothing.
 */
function reasonOf({ status, url }: HttpResponse, errors: readonly SpecError[]): string {
  const named = [status, NAMES[status]].filter(Boolean).join(" ");
  if (errors.length === 0) return `received unexpected HTTP status: ${named} from ${url.host}`;
  return PASSING.has(status) ? `${formatErrors(errors)} (HTTP ${named})` : formatErrors(errors);
}

/** Waiting does not help where the quota of hours is used up (`ratelimit-remaining: 0`). */
function limited({ headers }: HttpResponse, message: string): KindedError {
  const afterMs = retryAfterMs(headers);
  const usedUp = /^0(;|$)/.test(headers.get("ratelimit-remaining") ?? "");
  if (usedUp && afterMs === undefined) return new KindedError("resource-exhausted", message);
  return new PassingFault("resource-exhausted", message, {
    ...(afterMs !== undefined && { afterMs }),
  });
}

function kindOfStatus(status: number): Kind {
  const kinds: Readonly<Record<number, Kind>> = {
    400: "invalid-argument",
    401: "unauthenticated",
    403: "permission-denied",
    404: "not-found",
    405: "unsupported",
    409: "conflict",
    413: "resource-exhausted",
    416: "data-loss",
    501: "unsupported",
  };
  return kinds[status] ?? "unavailable";
}
