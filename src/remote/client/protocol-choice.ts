import { kindOf } from "#errors";
import { abortable } from "../abortable.ts";
import type { Endpoint } from "../registries-config.ts";
import type { Transport } from "../transport/transport.ts";

/** Whether a host is spoken to by https or by plain http: found out once, then remembered. */
export interface ProtocolChoice {
  origin(signal?: AbortSignal): Promise<URL>;
  /** False as long as it has not been found out. */
  isPlain(): boolean;
}

/** `handshakeMs` is how long a host that may speak plain http has to answer by https. */
export function createProtocolChoice(
  endpoint: Endpoint,
  transport: Transport,
  handshakeMs: number,
): ProtocolChoice {
  let chosen: Promise<URL> | undefined;
  let plain = false;
  const choose = async (): Promise<URL> => {
    const protocol =
      endpoint.protocol ??
      (endpoint.insecure ? await probe(endpoint, transport, handshakeMs) : "https");
    plain = protocol === "http";
    return new URL(`${protocol}://${endpoint.location}`);
  };
  return {
    async origin(signal) {
      chosen ??= choose();
      try {
        return await abortable(chosen, signal);
      } catch (error) {
        if (!signal?.aborted) chosen = undefined;
        throw error;
      }
    },
    isPlain: () => plain,
  };
}

/** What servers of https say to who speaks plain http. */
const BAD_REQUEST = 400;

/** As Docker does for insecure registries: https unless it fails and http answers. */
async function probe(
  { location }: Endpoint,
  transport: Transport,
  handshakeMs: number,
): Promise<"http" | "https"> {
  try {
    // A server of plain http may take the handshake for a request, and wait for the rest of it.
    await ping(new URL(`https://${location}/v2/`), transport, handshakeMs);
    return "https";
  } catch (error) {
    if (kindOf(error) !== "unavailable") throw error;
    const status = await ping(new URL(`http://${location}/v2/`), transport);
    if (status === BAD_REQUEST) throw error;
    return "http";
  }
}

async function ping(url: URL, transport: Transport, patienceMs?: number): Promise<number> {
  const patience = patienceMs === undefined ? {} : { patienceMs };
  const response = await transport.send({ method: "GET", url, headers: {}, ...patience });
  await response.discard();
  return response.status;
}
