import { containerCapabilities, type Runtime } from "#runtime";
import type { ContainerConfig } from "../container-config.ts";
import type { ContainerStore } from "../container-store.ts";
import type { HostConfig } from "../host-config.ts";
import { failSetting } from "./fail-setting.ts";
import { settleNamespaces } from "./namespaces.ts";
import { settleResources } from "./resources.ts";
import { securityOf } from "./security.ts";
import { checkSysctls } from "./sysctls.ts";

const RUNTIMES: readonly Runtime["name"][] = ["crun", "runc"];
const MOST_OOM_SCORE = 1000;

/** What was asked of a container, complete, and what to tell about it. */
export interface SettledHostConfig {
  readonly hostConfig: HostConfig;
  /** In Docker's words. */
  readonly warnings: readonly string[];
}

/**
 * Checks what is asked of a new container beside mounts and networks, and fills in what Docker
 * does. Fails with `invalid-argument`, and with `not-found` for other containers, in Docker's
 * words.
 */
export function checkSettings(
  store: ContainerStore,
  config: ContainerConfig,
  asked: HostConfig,
): SettledHostConfig {
  const resources = settleResources(asked, store.runtime.cgroups);
  const hostConfig = settleNamespaces(store, config, { ...asked, ...resources.resources });
  checkSecurity(hostConfig);
  checkPlain(hostConfig);
  const { Runtime: runtime = "" } = hostConfig;
  return {
    hostConfig: { ...hostConfig, Runtime: runtime || store.runtime.name },
    warnings: resources.warnings,
  };
}

function checkSecurity(hostConfig: HostConfig): void {
  const { Privileged: privileged = false, CapAdd, CapDrop } = hostConfig;
  if (CapAdd?.length || CapDrop?.length)
    containerCapabilities({ privileged, add: CapAdd ?? [], drop: CapDrop ?? [] });
  securityOf(hostConfig);
  checkSysctls(hostConfig);
}

function checkPlain({ OomScoreAdj = 0, Runtime, StorageOpt, DeviceRequests }: HostConfig): void {
  if (Math.abs(OomScoreAdj) > MOST_OOM_SCORE)
    failSetting(`Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  if (Runtime && !RUNTIMES.includes(Runtime as Runtime["name"]))
    failSetting(`Unknown runtime specified ${Runtime}: there are ${RUNTIMES.join(" and ")}`);
  if (StorageOpt && Object.keys(StorageOpt).length > 0)
    failSetting("--storage-opt is not supported: no storage driver can limit a container's files");
  if (DeviceRequests?.length)
    failSetting('could not select device driver "" with capabilities: [[gpu]]');
}
