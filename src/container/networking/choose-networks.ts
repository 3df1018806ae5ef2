import { isIP } from "node:net";
import { fail } from "#errors";
import { checkExtraHost } from "#network";
import type { ContainerConfig } from "../container-config.ts";
import type { ContainerStore } from "../container-store.ts";
import type { EndpointConfig, HostConfig, NetworkingConfig } from "../host-config.ts";

const MODES: readonly string[] = ["bridge", "none", "host"];

/** The networks a new container is to be in, checked, with what is asked of each. */
export function chooseNetworks(
  _store: ContainerStore,
  _config: ContainerConfig,
  hostConfig: HostConfig,
  _networking: NetworkingConfig,
): Record<string, EndpointConfig> {
  const { NetworkMode = "bridge", ExtraHosts, Dns } = hostConfig;
  if (!MODES.includes(NetworkMode))
    fail("not-found", `network ${NetworkMode} not found: there are bridge, host and none`);
  for (const entry of ExtraHosts ?? []) checkExtraHost(entry);
  for (const server of Dns ?? [])
    if (isIP(server) === 0)
      fail("invalid-argument", `IP address is not correctly formatted: ${server}`);
  return { [NetworkMode]: {} };
}
