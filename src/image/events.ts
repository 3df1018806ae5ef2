import { type Digest, familiarName, familiarReference, type Reference } from "#oci";
import type { State } from "#state";
import type { ImageStore } from "./image-store.ts";
import { readConfig } from "./read-image.ts";

type Labels = Readonly<Record<string, string>>;

/** An image as its events show it. */
interface Subject {
  readonly id: string;
  readonly labels?: Labels | null | undefined;
}

/** Notes in the store's events what happened to an image, in Docker's words. */
export function noteImage(
  { events }: Pick<State, "events">,
  { id, labels }: Subject,
  action: string,
  name: string = id,
): void {
  events.add({ type: "image", action, actor: id, attributes: { ...labels, name } });
}

/** An image that lost so many names, and with the last one its place in the store or not. */
export function noteRemoval(
  state: Pick<State, "events">,
  image: Subject,
  { names, isDeleted }: { readonly names: number; readonly isDeleted: boolean },
): void {
  for (let count = 0; count < names; count++) noteImage(state, image, "untag");
  if (isDeleted) noteImage(state, { id: image.id }, "delete");
}

/** The same for what Docker tells by the image's name: pulls and pushes. */
export async function noteTransfer(
  store: ImageStore,
  reference: Reference,
  image: Digest,
  action: "pull" | "push",
): Promise<void> {
  const subject = { id: familiarReference(reference), labels: await labelsOf(store, image) };
  noteImage(store.state, subject, action, familiarName(reference));
}

/** How much a prune has freed, in bytes. */
export function notePrune(
  { events }: Pick<State, "events">,
  type: "image" | "builder",
  reclaimed: number,
): void {
  events.add({ type, action: "prune", actor: "", attributes: { reclaimed: String(reclaimed) } });
}

/** The labels of an image; none where its config cannot be read, which is for others to tell. */
export async function labelsOf({ content }: ImageStore, id: Digest): Promise<Labels> {
  const config = await readConfig(content, id).catch(() => undefined);
  return config?.config?.Labels ?? {};
}
