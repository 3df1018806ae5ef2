import type { MountDocument } from "../container-service.ts";
import type { MountPoint } from "../record.ts";

/** A mount as Docker's JSON has it, in a listing as well as alone. */
export function describeMount(mount: MountPoint): MountDocument {
  const { type, name, source, target, mode, readOnly, propagation } = mount;
  return {
    Type: type,
    ...(name !== undefined && { Name: name }),
    Source: source,
    Destination: target,
    ...(type === "volume" && { Driver: "local" }),
    Mode: mode,
    RW: !readOnly,
    Propagation: type === "bind" ? propagation : "",
  };
}
