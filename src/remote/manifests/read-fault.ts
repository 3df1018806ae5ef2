import { KindedError } from "#errors";
import { isDigest } from "#oci";
import type { RepositoryContext } from "../client/sites.ts";
import { formatErrors } from "../transport/http-error.ts";
import { StatusFault, statusFault } from "../transport/status-fault.ts";
import type { HttpResponse } from "../transport/transport.ts";

/** What was asked for: a manifest by its reference, or something else by its name. */
export interface Wanted {
  readonly reference?: string;
  readonly what?: string;
}

/** Why something could not be read, in Docker's words where it has them. */
export async function readFault(
  { name }: RepositoryContext,
  response: HttpResponse,
  { reference, what = name }: Wanted,
): Promise<KindedError> {
  const fault = await statusFault(response, what);
  if (!(fault instanceof StatusFault)) return fault;
  const said = formatErrors(fault.errors);
  if (fault.kind === "unauthenticated" || fault.kind === "permission-denied")
    return new KindedError(
      fault.kind,
      `pull access denied for ${name}, repository does not exist or may require 'shale login': ` +
        (said || "denied: requested access to the resource is denied"),
    );
  if (fault.kind !== "not-found") return fault;
  if (fault.errors.some(({ code }) => code === "NAME_UNKNOWN"))
    return new KindedError("not-found", `repository ${name} not found: ${said}`);
  if (reference === undefined) return fault;
  const full = isDigest(reference) ? `${name}@${reference}` : `${name}:${reference}`;
  return new KindedError(
    "not-found",
    `manifest for ${full} not found: ${said || "manifest unknown: manifest unknown"}`,
  );
}
