import type { ContainerStore } from "../container-store.ts";
import { type Container, parseContainer } from "../record.ts";
import { startContainer } from "../start.ts";
import { isActive } from "../status.ts";
import { shouldRestart } from "./restart-policy.ts";

/**
 * Starts what should run after a reboot, the oldest first, as Docker's daemon does when it comes
 * up: by policy, `always` also those that somebody has stopped. Gives the names of those that
 * came up; why others did not is in their records.
 */
export async function restoreContainers(store: ContainerStore): Promise<readonly string[]> {
  const containers = store.state.containers.list().map(parseContainer);
  const names: string[] = [];
  for (const container of containers.filter(isMissing).reverse()) {
    const started = await startContainer(store, container, {}).catch(() => undefined);
    if (started) names.push(container.name);
  }
  return names;
}

/** One that nobody has ever started is not missed. */
function isMissing({ status, record }: Container): boolean {
  return !isActive(status) && record.started !== undefined && shouldRestart(record);
}
