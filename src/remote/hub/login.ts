import { KindedError } from "#errors";
import type { EndpointClient } from "../client/endpoint-client.ts";
import { type RetryContext, retry } from "../retry.ts";
import { statusFault } from "../transport/status-fault.ts";

/** Asks for the registry's front door, which is closed to wrong credentials. */
export async function checkCredential(
  client: EndpointClient,
  context: RetryContext,
): Promise<void> {
  await retry(context, async () => {
    const request = { method: "GET", target: "", scopes: [], signal: context.signal } as const;
    const response = await client.request(request);
    if (response.status === 200) return await response.discard();
    const what = `login attempt to ${response.url.origin}/v2/ failed with status ${response.status}`;
    const fault = await statusFault(response, what);
    if (response.status !== 401 && response.status !== 403) throw fault;
    throw new KindedError("unauthenticated", fault.message);
  });
}
