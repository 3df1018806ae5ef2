import { NIL_POINTER } from "./value.ts";

/** Fields of the Engine API whose keys belong to the user: Go maps where the rest is structs. */
const MAPS = new Set([
  ...["Labels", "ExposedPorts", "Volumes", "Ports", "PortBindings", "Networks", "Sysctls"],
  ...["Tmpfs", "Options", "DriverOpts", "Annotations", "Data", "StorageOpt", "Containers"],
  ...["AuxiliaryAddresses", "LogConfig.Config"],
]);
/** Fields whose null is an empty list. */
const LISTS = new Set([
  ...["Entrypoint", "Cmd", "Env", "OnBuild", "Shell", "RepoTags", "RepoDigests", "Mounts"],
  ...["Binds", "CapAdd", "CapDrop", "Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "GroupAdd"],
  ...["Links", "SecurityOpt", "VolumesFrom", "Devices", "Ulimits", "Aliases", "DNSNames"],
  ...["ExecIDs", "Layers", "MaskedPaths", "ReadonlyPaths", "DeviceRequests"],
]);

/** A Go struct: its fields are closed and print in their order. */
class Struct {}

/** A nil slice: empty, but null in JSON. */
class NilList extends Array<never> {
  toJSON(): null {
    return null;
  }
}

/** A nil map: empty, but null in JSON. */
class NilMap extends Map<never, never> {
  marshalJson(): string {
    return "null";
  }
}

/**
 * Gives a JSON document of the Engine API the shape that docker's CLI formats: objects become
 * structs, those with keys of the user's (labels, ports, networks …) maps. Then a format that
 * works in `docker inspect` works the same, e.g. `{{.State}}` and `{{.Config.Labels.absent}}`.
 */
export function asDocument(value: unknown, key = "", parent = ""): unknown {
  const open = MAPS.has(key) || MAPS.has(`${parent}.${key}`);
  if (value === null) return emptyOf(open, key);
  if (Array.isArray(value)) return value.map((item) => asDocument(item, "", key));
  if (typeof value !== "object") return value;
  const entries = Object.entries(value).map(
    ([name, item]) => [name, asDocument(item, open ? "" : name, key)] as const,
  );
  return open
    ? new Map(entries)
    : Object.setPrototypeOf(Object.fromEntries(entries), Struct.prototype);
}

function emptyOf(open: boolean, key: string): unknown {
  if (open) return new NilMap();
  return LISTS.has(key) ? new NilList() : NIL_POINTER;
}
