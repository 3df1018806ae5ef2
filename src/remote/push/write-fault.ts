import { KindedError } from "#errors";
import type { RepositoryContext } from "../client/sites.ts";
import { formatErrors } from "../transport/http-error.ts";
import { StatusFault, statusFault } from "../transport/status-fault.ts";
import type { HttpResponse } from "../transport/transport.ts";

/** Why something could not be written, in Docker's words where it has them. */
export async function writeFault(
  context: RepositoryContext,
  response: HttpResponse,
  what = context.name,
): Promise<KindedError> {
  const fault = await statusFault(response, what);
  if (!(fault instanceof StatusFault)) return fault;
  if (fault.kind !== "unauthenticated" && fault.kind !== "permission-denied") return fault;
  const said = formatErrors(fault.errors);
  return new KindedError(
    fault.kind,
    `denied: requested access to the resource is denied: ${remedy(context)}` +
      (said ? ` (the registry says: ${said})` : ""),
  );
}

function remedy({ registry, repository, name }: RepositoryContext): string {
  const server = registry === "docker.io" ? "" : ` ${registry}`;
  const login = `sign in with 'shale login${server}' as somebody who may push to ${name}`;
  if (registry !== "docker.io" || !repository.startsWith("library/")) return login;
  return (
    `${name} belongs to Docker's official images; give it a name of your own with ` +
    `'shale tag ${name} USER/${name}' and push that, or ${login}`
  );
}
