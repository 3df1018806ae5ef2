import { KindedError } from "#errors";
import { textOf } from "./xml.ts";

/** What S3 answered when it did not do what was asked (Amazon S3 API reference, "Error responses"). */
export class S3Error extends KindedError {
  readonly status: number;
  /** `NoSuchKey`, `AccessDenied` and so on; empty where the answer said none. */
  readonly code: string;

  constructor(what: string, status: number, xml: string) {
    const code = textOr(xml, "Code");
    const said = [code, textOr(xml, "Message")].filter(Boolean).join(": ") || `status ${status}`;
    const passing = isPassing(status, code);
    super(
      passing ? "unavailable" : "failed-precondition",
      `${what}: ${said}${remedy(status, code)}`,
    );
    this.status = status;
    this.code = code;
  }

  get isMissing(): boolean {
    return this.status === 404;
  }
}

const PASSING = ["InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"];

/** Whether the same request may well succeed later. */
function isPassing(status: number, code: string): boolean {
  return status >= 500 || status === 429 || status === 408 || PASSING.includes(code);
}

function remedy(status: number, code: string): string {
  if (code === "NoSuchBucket") return "; create the bucket first";
  if (code === "RequestTimeTooSkewed") return "; set this machine's clock";
  if (status === 401 || status === 403)
    return "; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and what they may do";
  if (status === 301 || status === 307) return "; check AWS_REGION and AWS_ENDPOINT_URL";
  return "";
}

function textOr(xml: string, name: string): string {
  try {
    return (textOf(xml, name) ?? "").slice(0, 500);
  } catch {
    return "";
  }
}
