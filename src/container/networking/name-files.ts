import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Attachment, containerHosts, containerResolvConf } from "#network";
import type { HostConfig } from "../host-config.ts";

/** The files that say who the container is and whom it asks for names, and where they go. */
export const NAME_FILES = ["resolv.conf", "hostname", "hosts"] as const;

/** Writes them into `directory`, anew at every start: the address may be another one. */
export function writeNameFiles(
  directory: string,
  hostname: string,
  hostConfig: HostConfig,
  { mode, endpoint }: Attachment,
): void {
  const shareHost = mode === "host";
  const { Dns, DnsSearch, DnsOptions, ExtraHosts } = hostConfig;
  const text = {
    hostname: `${hostname}\n`,
    hosts: containerHosts({
      hostname,
      shareHost,
      extra: ExtraHosts ?? [],
      ...(endpoint && { address: endpoint.address, gateway: endpoint.gateway }),
    }),
    "resolv.conf": containerResolvConf({
      shareHost: mode !== "bridge",
      ...(Dns?.length && { nameservers: Dns }),
      ...(DnsSearch?.length && { search: DnsSearch }),
      ...(DnsOptions?.length && { options: DnsOptions }),
    }),
  };
  for (const name of NAME_FILES) writeFileSync(join(directory, name), text[name], { mode: 0o644 });
}
