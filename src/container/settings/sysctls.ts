import type { HostConfig } from "../host-config.ts";
import { failSetting } from "./fail-setting.ts";

/** What of the kernel's settings each IPC namespace has of its own (ipc_namespaces(7)). */
const OF_IPC = new Set(
  "msgmax msgmnb msgmni sem shmall shmmax shmmni shm_rmid_forced"
    .split(" ")
    .map((name) => `kernel.${name}`),
);

/**
 * Only what belongs to namespaces that are not the host's can be set. Fails with
 * `invalid-argument` in the words of runc, which is what refuses it in Docker.
 */
export function checkSysctls({ Sysctls, IpcMode, NetworkMode }: HostConfig): void {
  for (const name of Object.keys(Sysctls ?? {})) {
    const network = name.startsWith("net.");
    const ipc = OF_IPC.has(name) || name.startsWith("fs.mqueue.");
    if (!network && !ipc) failSetting(`sysctl "${name}" is not in a separate kernel namespace`);
    if (network && NetworkMode === "host")
      failSetting(`sysctl "${name}" not allowed in host network namespace`);
    if (ipc && IpcMode === "host")
      failSetting(`sysctl "${name}" is not allowed in the hosts ipc namespace`);
  }
}
