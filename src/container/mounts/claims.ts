import { fail, kindOf } from "#errors";
import type { Digest } from "#oci";
import type { State } from "#state";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";
import type { ChosenMounts } from "./choose-mounts.ts";

/** Records what a new container has of volumes and images; to be called in its transaction. */
export function claimMounts(
  { state, volumes }: Pick<ContainerStore, "state" | "volumes">,
  container: string,
  chosen: ChosenMounts,
): void {
  for (const { name, anonymous = false, image } of chosen.points) {
    if (name !== undefined)
      volumes.claim({ ...chosen.volumes.get(name), name, anonymous }, container);
    if (image !== undefined) claimImage(state, image.id, container);
  }
}

/** One whose record is gone meanwhile is still there when another container has it. */
function claimImage({ images }: State, id: Digest, container: string): void {
  if (!images.get(id) && !images.uses().some(({ image }) => image === id))
    fail("not-found", `cannot mount image ${id}: it was removed just now`);
  images.use(id, container);
}

/**
 * Lets go of the volumes and images of a container, before its record goes: a process that dies
 * in between leaves a container that can be removed again. With `volumes`, those that were made
 * up for it are removed, but what others use.
 */
export async function releaseVolumes(
  { state, volumes: service }: Pick<ContainerStore, "state" | "volumes">,
  { id, record }: Pick<Container, "id" | "record">,
  { volumes }: { readonly volumes: boolean },
): Promise<void> {
  state.transaction(() => {
    state.volumes.release(id);
    state.images.release(id);
  });
  for (const { name, anonymous } of volumes ? record.mounts : [])
    if (name !== undefined && anonymous)
      await service.remove(name, { force: true }).catch(unlessInUse);
}

function unlessInUse(error: unknown): void {
  if (kindOf(error) !== "conflict") throw error;
}
