import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";
import { parseContainer } from "../record.ts";
import { isUp } from "../status.ts";

/** Fails with `conflict` while another container has the root of this one, which is down. */
export function refuseWhileLookedInto({ state }: Pick<ContainerStore, "state">, id: string): void {
  const naming = state.containers.list().filter((row) => row.id !== id && row.record.includes(id));
  const looking = naming
    .map(parseContainer)
    .find(({ status, record }) => isUp(status) && record.debug?.container === id);
  if (looking) fail("conflict", `container ${id} is being debugged: end ${looking.name} first`);
}
