import { fail, kindOf, messageOf } from "#errors";
import type { NamespaceMode } from "#runtime";
import type { ContainerConfig } from "../container-config.ts";
import type { ContainerStore } from "../container-store.ts";
import { findContainer } from "../find.ts";
import type { HostConfig } from "../host-config.ts";
import { type Container, parseContainer } from "../record.ts";
import { isUp } from "../status.ts";
import { failSetting } from "./fail-setting.ts";

/** Of another container, by its name or ID. */
const OF_CONTAINER = /^container:(.*)$/s;
const DEFAULT_SHM_SIZE = 64 << 20;

type Store = Pick<ContainerStore, "state" | "runtime">;

/** Checks the namespaces of a new container, and names others by their IDs: names may change. */
export function settleNamespaces(
  store: Store,
  config: ContainerConfig,
  hostConfig: HostConfig,
): HostConfig {
  checkModes(config, hostConfig);
  const { PidMode, IpcMode, ShmSize, CgroupnsMode, NetworkMode } = hostConfig;
  const v2 = store.runtime.cgroups === "v2";
  return {
    ...hostConfig,
    ...(PidMode && { PidMode: byId(store, PidMode) }),
    ...(NetworkMode && { NetworkMode: byId(store, NetworkMode) }),
    IpcMode: byId(store, IpcMode || "private"),
    ShmSize: ShmSize || DEFAULT_SHM_SIZE,
    CgroupnsMode: CgroupnsMode || (v2 ? "private" : "host"),
  };
}

function checkModes({ Hostname }: ContainerConfig, hostConfig: HostConfig): void {
  const { PidMode = "", IpcMode = "", UTSMode = "", UsernsMode = "" } = hostConfig;
  const { CgroupnsMode = "", ShmSize = 0 } = hostConfig;
  check("PID", PidMode, /^(|host|container:.+)$/s);
  check("IPC", IpcMode, /^(|none|private|shareable|host|container:.+)$/s);
  check("UTS", UTSMode, /^(|host)$/);
  check("userns", UsernsMode, /^(|host)$/);
  check("cgroup namespace", CgroupnsMode, /^(|private|host)$/);
  if (ShmSize < 0) failSetting("SHM size can not be less than 0");
  if (UTSMode === "host" && Hostname) failSetting("conflicting options: hostname and the UTS mode");
}

function check(kind: string, mode: string, valid: RegExp): void {
  if (!valid.test(mode)) failSetting(`invalid ${kind} mode: ${mode}`);
}

function byId({ state }: Pick<Store, "state">, mode: string): string {
  const name = OF_CONTAINER.exec(mode)?.[1];
  if (name === undefined) return mode;
  if (name === "") failSetting("invalid container format container:<name|id>");
  return `container:${findContainer(state.containers, name).id}`;
}

/** The container whose namespace a mode asks for, if it does; fails when that does not run. */
export function namespaceDonor(
  { state }: Pick<Store, "state">,
  mode: string | undefined,
): Container | undefined {
  const id = OF_CONTAINER.exec(mode ?? "")?.[1];
  if (id === undefined) return undefined;
  const row = state.containers.get(id) ?? fail("not-found", `No such container: ${id}`);
  const donor = parseContainer(row);
  return isUp(donor.status) ? donor : fail("conflict", `container ${id} is not running`);
}

/** The namespace of a container that is about to start. Fails where another one has to run. */
export function pidNamespace(store: Store, { PidMode }: HostConfig): NamespaceMode {
  const donor = namespaceDonor(store, PidMode);
  return donor ? namespacePath(donor, "pid") : modeOf(PidMode);
}

/** Likewise; a donor has to have offered its own. */
export function ipcNamespace(store: Store, { IpcMode }: HostConfig): NamespaceMode {
  const donor = ipcDonor(store, IpcMode);
  return donor ? namespacePath(donor, "ipc") : modeOf(IpcMode);
}

/** Whose shared memory a container uses, if not its own. */
export function ipcDonor(store: Pick<Store, "state">, mode?: string): Container | undefined {
  try {
    const donor = namespaceDonor(store, mode);
    if (donor && donor.record.hostConfig.IpcMode !== "shareable")
      failSetting("non-shareable IPC (hint: use IpcMode:shareable for the donor container)");
    return donor;
  } catch (error) {
    const id = OF_CONTAINER.exec(mode ?? "")?.[1];
    return fail(kindOf(error), `can't join IPC of container ${id}: ${messageOf(error)}`, error);
  }
}

function namespacePath({ record }: Container, type: "pid" | "ipc"): NamespaceMode {
  return { path: `/proc/${record.pid}/ns/${type}` };
}

function modeOf(mode: string | undefined): NamespaceMode {
  return mode === "host" ? "host" : "private";
}
