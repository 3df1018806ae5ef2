import { fail, kindOf, messageOf } from "#errors";
import { limitContainer } from "#runtime";
import type { UpdateOptions } from "../container-service.ts";
import { type ContainerStore, runtimeOf } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import { currentContainer } from "../find.ts";
import { saveContainer } from "../finish.ts";
import type { HostConfig, RestartPolicy } from "../host-config.ts";
import { lockContainer } from "../lock.ts";
import type { Container } from "../record.ts";
import { mergeResources } from "../settings/merge-resources.ts";
import { resourcesOf } from "../settings/resources-of.ts";
import { isUp } from "../status.ts";
import { checkRestartPolicy, isSet } from "./restart-policy.ts";

/** Changes limits, at once for one that is up, and the restart policy. */
export async function updateContainer(
  store: ContainerStore,
  { id }: Pick<Container, "id">,
  { RestartPolicy, ...resources }: UpdateOptions,
): Promise<{ warnings: readonly string[] }> {
  if (RestartPolicy) checkRestartPolicy({ RestartPolicy });
  await using _ = await lockContainer(store, id);
  const container = currentContainer(store.state.containers, id);
  const { record, status } = container;
  try {
    const merged = mergeResources(record.hostConfig, resources, store.runtime.cgroups);
    const hostConfig = withPolicy(merged.hostConfig, RestartPolicy);
    if (isUp(status) && Object.keys(resources).length > 0)
      await limitContainer(runtimeOf(store, container), id, resourcesOf(hostConfig));
    saveContainer(store, { ...container, record: { ...record, hostConfig } });
    noteEvent(store, container, "update");
    return { warnings: merged.warnings };
  } catch (error) {
    if (kindOf(error) === "invalid-argument") throw error;
    return fail(kindOf(error), `Cannot update container ${id}: ${messageOf(error)}`, error);
  }
}

function withPolicy(hostConfig: HostConfig, policy: RestartPolicy | undefined): HostConfig {
  if (policy === undefined) return hostConfig;
  if (hostConfig.AutoRemove && isSet(policy))
    fail(
      "conflict",
      "Restart policy cannot be updated because AutoRemove is enabled for the container",
    );
  return { ...hostConfig, RestartPolicy: policy };
}
