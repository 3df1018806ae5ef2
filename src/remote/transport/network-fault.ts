import { KindedError, messageOf } from "#errors";
import { PassingFault } from "../passing-fault.ts";
import { printable, printableUrl } from "./printable.ts";

/**
 * Why no answer came, in Docker's form: `Get "https://host/v2/": dial tcp host: …`. A host is known
 * when it has answered before.
 */
export function networkFault(
  { method, url, isKnown }: { method: string; url: URL; isKnown: boolean },
  error: unknown,
): KindedError {
  const request = `${method[0]}${method.slice(1).toLowerCase()} "${printableUrl(url)}"`;
  const code = codeOf(error);
  const certificate = certificateProblem(code, url);
  // The runtime's own error holds the whole URL, with what may be secret in it.
  const cause = new Error(code || ownWords(error));
  if (certificate !== undefined)
    return new KindedError("unavailable", `${request}: ${certificate}`, cause);
  const message = `${request}: ${reason(code, url, error)}`;
  return new Unreachable(message, cause, !isKnown && isDead(code));
}

/** The network, or the host, failed a request. */
export class Unreachable extends PassingFault {
  /** Nobody ever answered at that address, which is seldom a matter of moments. */
  readonly isDead: boolean;

  constructor(message: string, cause: unknown, isDead = false) {
    super("unavailable", message, { cause });
    this.isDead = isDead;
  }
}

const DEAD: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPROTO",
  "ETIMEDOUT",
]);

function isDead(code: string): boolean {
  return DEAD.has(code);
}

function reason(code: string, url: URL, error: unknown): string {
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial tcp ${address(url)}: connect: connection refused`,
    ENOTFOUND: `dial tcp: lookup ${url.hostname}: no such host`,
    EAI_AGAIN: `dial tcp: lookup ${url.hostname}: server misbehaving`,
    EHOSTUNREACH: `dial tcp ${address(url)}: connect: no route to host`,
    ENETUNREACH: `dial tcp ${address(url)}: connect: network is unreachable`,
    ECONNRESET: "the connection broke: connection reset by peer",
    ResponseHeadersTooLarge: "the headers of the answer are too large",
    EPROTO:
      "http: server gave HTTP response to HTTPS client; if it speaks plain http, " +
      `allow that with --insecure-registry ${url.host}`,
  };
  return known[code] ?? ownWords(error);
}

/** The runtime's message without its advice to programmers and without the URL in it. */
function ownWords(error: unknown): string {
  const words = messageOf(error)
    .replace(/\.? For more information, pass .*$/s, "")
    .replace(/ fetching "[^"]*"/, "");
  return printable(words);
}

function certificateProblem(code: string, url: URL): string | undefined {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `tls: failed to verify certificate: x509: certificate is not valid for ${url.hostname}`;
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
  const unknown = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_(UNTRUSTED|SIGNATURE|REVOKED)/.test(
    code,
  );
  if (!unknown) return undefined;
  return (
    "tls: failed to verify certificate: x509: certificate signed by unknown authority; " +
    `put the authority's certificate at certs.d/${url.host}/ca.crt`
  );
}

function address(url: URL): string {
  return url.port ? url.host : `${url.host}:${url.protocol === "http:" ? 80 : 443}`;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}
