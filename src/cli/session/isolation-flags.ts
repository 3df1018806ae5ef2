import type { HostConfig } from "#container";
import { fail } from "#errors";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";
import { parseSecurityOptions } from "./security-options.ts";

/** The flags that say how far a container is kept apart from its host. */
export const isolationFlags = {
  annotation: { type: "map", help: "Add an annotation to the container", value: "map" },
  capAdd: { type: "list", help: "Add Linux capabilities" },
  capDrop: { type: "list", help: "Drop Linux capabilities" },
  cgroupns: { type: "string", help: "Cgroup namespace to use (host|private)" },
  groupAdd: { type: "list", help: "Add additional groups to join" },
  ipc: { type: "string", help: "IPC mode to use" },
  pid: { type: "string", help: "PID namespace to use" },
  privileged: { type: "bool", help: "Give extended privileges to this container" },
  readOnly: { type: "bool", help: "Mount the container's root filesystem as read only" },
  runtime: { type: "string", help: "Runtime to use for this container" },
  securityOpt: { type: "list", help: "Security Options" },
  storageOpt: { type: "list", help: "Storage driver options for the container" },
  sysctl: {
    type: "custom",
    value: "map",
    default: new Map<string, string>(),
    parse: addSysctl,
    help: "Sysctl options",
  },
  userns: { type: "string", help: "User namespace to use" },
  uts: { type: "string", help: "UTS namespace to use" },
} as const satisfies FlagSpecs;

const SYSCTLS =
  /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|(net|fs\.mqueue)\..*)$/s;

function addSysctl(
  text: string,
  previous: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [name = "", ...value] = text.split("=");
  if (value.length === 0 || !SYSCTLS.test(name))
    fail("invalid-argument", `sysctl '${text}' is not allowed`);
  return new Map([...previous, [name, value.join("=")]]);
}

type Flags = FlagValues<typeof isolationFlags>;

/** What they ask for. Fails with `invalid-argument` in the words of docker's CLI. */
export function isolationOptions(flags: Flags, directory: string): HostConfig {
  return {
    ...namespaceOptions(flags),
    ...parseSecurityOptions(flags.securityOpt, directory),
    Privileged: flags.privileged,
    ReadonlyRootfs: flags.readOnly,
    CapAdd: flags.capAdd,
    CapDrop: flags.capDrop,
    ...(flags.groupAdd.length > 0 && { GroupAdd: flags.groupAdd }),
    ...(flags.runtime && { Runtime: flags.runtime }),
    ...(flags.annotation.size > 0 && { Annotations: Object.fromEntries(flags.annotation) }),
    ...(flags.sysctl.size > 0 && { Sysctls: Object.fromEntries(flags.sysctl) }),
    ...(flags.storageOpt.length > 0 && { StorageOpt: storageOptions(flags.storageOpt) }),
  };
}

function namespaceOptions({ cgroupns, ipc, pid, userns, uts }: Flags): HostConfig {
  check(pid, /^(host|container:.+)$/s, "--pid: invalid PID mode");
  check(uts, /^host$/, "--uts: invalid UTS mode");
  check(userns, /^host$/, "--userns: invalid USER mode");
  check(cgroupns, /^(host|private)$/, "--cgroupns: invalid CGROUP mode");
  return {
    ...(cgroupns && { CgroupnsMode: cgroupns }),
    ...(ipc && { IpcMode: ipc }),
    ...(pid && { PidMode: pid }),
    ...(userns && { UsernsMode: userns }),
    ...(uts && { UTSMode: uts }),
  };
}

function check(mode: string | undefined, valid: RegExp, message: string): void {
  if (mode && !valid.test(mode)) fail("invalid-argument", message);
}

function storageOptions(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf("=");
      if (at < 0) fail("invalid-argument", "invalid storage option");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
