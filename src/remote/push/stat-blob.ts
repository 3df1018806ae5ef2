import type { Digest } from "#oci";
import type { Scope } from "../auth/scope.ts";
import { statusFault } from "../transport/status-fault.ts";
import type { HttpResponse } from "../transport/transport.ts";
import { pushScopes, type UploadTarget } from "./upload-session.ts";

/** Asks by HEAD for a blob. */
export async function headBlob(
  { context, site, signal }: UploadTarget,
  digest: Digest,
  scopes: readonly Scope[],
): Promise<HttpResponse> {
  const target = `${site.repository}/blobs/${digest}`;
  const response = await site.client.request({ method: "HEAD", target, scopes, signal });
  await response.discard();
  const isAnswer = response.status < 500 && response.status !== 429 && response.status !== 408;
  if (isAnswer) return response;
  throw await statusFault(response, `${context.name}@${digest}`);
}

/** Whether the repository that is pushed to has the blob. */
export async function hasBlob(target: UploadTarget, digest: Digest): Promise<boolean> {
  return (await headBlob(target, digest, pushScopes(target.site))).status === 200;
}

/** The size of the blob that a HEAD's answer is about. */
export function announcedSize({ headers }: HttpResponse): number {
  const size = Number(headers.get("content-length") ?? 0);
  return Number.isSafeInteger(size) ? size : 0;
}
