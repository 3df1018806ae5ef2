import type { ContainerConfig } from "../container-config.ts";
import type { ContainerStore } from "../container-store.ts";
import type { HostConfig } from "../host-config.ts";

/**
 * Checks what is asked of a new container beside mounts and networks; gives Docker's warnings.
 * Fails with `invalid-argument` in Docker's words.
 */
export function checkSettings(
  _store: ContainerStore,
  _config: ContainerConfig,
  _hostConfig: HostConfig,
): string[] {
  return [];
}
