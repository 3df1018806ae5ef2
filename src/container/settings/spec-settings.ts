import type { SpecOptions } from "#runtime";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** What of a container's config.json follows from its record beside mounts and networks. */
export function specSettings(
  _store: ContainerStore,
  { id, record }: Container,
): Partial<SpecOptions> {
  const { hostConfig } = record;
  return {
    readOnlyRootfs: hostConfig.ReadonlyRootfs ?? false,
    privileged: hostConfig.Privileged ?? false,
    capAdd: hostConfig.CapAdd ?? [],
    capDrop: hostConfig.CapDrop ?? [],
    cgroupPath: `/shale/${id}`,
  };
}
