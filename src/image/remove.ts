import { fail } from "#errors";
import {
  chainsOf,
  type DiffId,
  type Digest,
  formatReference,
  hexOf,
  parseTaggedReference,
} from "#oci";
import type { ContainerRow, ImageRow, State } from "#state";
import { labelsOf, noteRemoval } from "./events.ts";
import { collectGarbage } from "./gc.ts";
import { layersOf } from "./holdings.ts";
import type { Removal, RemoveOptions } from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";
import type { Marks } from "./mark.ts";
import { familiar, findImage, isIdPrefix } from "./resolve.ts";

/** What taking an image or a name off came to, before anything is freed. */
export interface Detached {
  readonly id: Digest;
  /** Canonical names that it lost. */
  readonly untagged: readonly string[];
  /** Whether the image's record is gone. */
  readonly isDeleted: boolean;
}

// Docker's states in which a container counts as running.
const RUNNING = new Set(["running", "paused", "restarting", "removing"]);

/**
 * Takes off a name, or the image itself with its last one, by Docker's rules, and frees what only
 * it needed. Fails with `conflict` when that takes force, or is not possible at all.
 */
export async function removeImage(
  store: ImageStore,
  name: string,
  { force = false }: RemoveOptions = {},
): Promise<Removal[]> {
  const { id } = findImage(store.state, name);
  const [layers, labels] = [await layersOf(store.content, id), await labelsOf(store, id)];
  const detached = store.state.transaction(() => {
    const { untagged, ...rest } = detach(store.state, name, force);
    noteRemoval(store.state, { id: rest.id, labels }, { ...rest, names: untagged.length });
    return { untagged, ...rest };
  });
  const untagged = detached.untagged.map((each) => ({ untagged: familiar(each) }));
  if (!detached.isDeleted) return untagged;
  const { needed } = await collectGarbage(store);
  return [...untagged, ...deletions(detached.id, layers, needed)];
}

/** The lines about an image that is gone: itself, then its layers that went, topmost first. */
export function deletions(id: Digest, layers: readonly DiffId[], needed: Marks): Removal[] {
  const freed = chainsOf(layers).filter((_, index) => !needed.layers.has(layers[index]!));
  return [id, ...freed.reverse()].map((deleted) => ({ deleted }));
}

/** Changes the records alone; to be called in a transaction. */
export function detach(state: State, name: string, force: boolean): Detached {
  const image = findImage(state, name);
  return isIdPrefix(image.id, name)
    ? detachById(state, image, force)
    : detachByName(state, image, name, force);
}

function detachByName(state: State, image: ImageRow, asked: string, force: boolean): Detached {
  const { id } = image;
  const names = state.names.of(id);
  const user = containersOf(state, id)[0];
  if (!force && user && isSingleRepository(names)) failReferenced(asked, user, id);
  const name = names.find((each) => each === canonical(asked));
  if (name === undefined) return detachById(state, image, force);
  const orphaned = name.includes("@") ? [] : digestsLeftBy(names, name);
  const untagged = [name, ...orphaned];
  for (const each of untagged) state.names.delete(each);
  const isUsed = containersOf(state, id).some(isRunning);
  const isDeleted = untagged.length === names.length && !isUsed && state.images.delete(id);
  return { id, untagged, isDeleted };
}

function detachById(state: State, { id }: ImageRow, force: boolean): Detached {
  const names = state.names.of(id);
  const containers = containersOf(state, id);
  const running = containers.find(isRunning);
  if (running) failUsed(id, "cannot be forced", `image is being used by running ${of(running)}`);
  if (!force && names.length > 0 && !isSingleRepository(names))
    failUsed(id, "must be forced", "image is referenced in multiple repositories");
  const stopped = containers[0];
  if (!force && stopped)
    failUsed(id, "must be forced", `image is being used by stopped ${of(stopped)}`);
  for (const name of names) state.names.delete(name);
  state.images.delete(id);
  return { id, untagged: names, isDeleted: true };
}

function canonical(asked: string): string {
  const { tag, ...reference } = parseTaggedReference(asked);
  return formatReference(reference.digest ? reference : { ...reference, ...(tag && { tag }) });
}

/** The names with a digest that go with the last tag of their repository. */
function digestsLeftBy(names: readonly string[], removed: string): string[] {
  const repository = repositoryOf(removed);
  const siblings = names.filter((name) => name !== removed && repositoryOf(name) === repository);
  return siblings.every((name) => name.includes("@")) ? siblings : [];
}

/** Whether no more than one tag, and no second repository, would be lost with the image. */
function isSingleRepository(names: readonly string[]): boolean {
  if (names.length <= 1) return names.length === 1;
  const tags = names.filter((name) => !name.includes("@"));
  return tags.length <= 1 && new Set(names.map(repositoryOf)).size === 1;
}

function repositoryOf(name: string): string {
  return name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

function containersOf(state: State, image: Digest): ContainerRow[] {
  const uses = state.images.uses().filter((use) => use.image === image);
  const mounting = new Set(uses.map(({ container }) => container));
  return state.containers.list().filter((row) => row.image === image || mounting.has(row.id));
}

/** Whether a container stands in the way of taking its image, even by force. */
export function isRunning({ status }: Pick<ContainerRow, "status">): boolean {
  return RUNNING.has(status);
}

function failReferenced(name: string, user: ContainerRow, id: Digest): never {
  return fail(
    "conflict",
    `conflict: unable to remove repository reference ${JSON.stringify(name)} (must force) - ${of(user)} is using its referenced image ${short(id)}`,
  );
}

function failUsed(id: Digest, how: string, why: string): never {
  return fail("conflict", `conflict: unable to delete ${short(id)} (${how}) - ${why}`);
}

function of({ id }: ContainerRow): string {
  return `container ${id.slice(0, 12)}`;
}

function short(id: Digest): string {
  return hexOf(id).slice(0, 12);
}
