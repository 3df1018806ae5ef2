import { canonicalJson, commitImage, type ImageStore } from "#image";
import {
  type Digest,
  digestOf,
  formatReference,
  type HistoryEntry,
  type ImageConfig,
  parseTaggedReference,
} from "#oci";
import type { Lease } from "#state";
import { baseHistory, type ImageDraft } from "./compile/image-draft.ts";
import type { RootState } from "./solver/root-state.ts";

const COMMENT = "buildkit.dockerfile.v0";
const NAMESPACE = "build-created";

export interface ExportOptions {
  readonly store: ImageStore;
  readonly lease: Lease;
  /** Canonical references. */
  readonly names: readonly string[];
}

/** Makes the image of a finished stage; the same steps with the same results give the same ID. */
export async function exportImage(
  draft: ImageDraft,
  root: RootState,
  { store, lease, names }: ExportOptions,
): Promise<Digest> {
  const history = buildHistory(draft, root);
  const created = history.at(-1)?.created ?? firstSeen(draft, store);
  const timed = history.map((entry) => ({ created, ...entry }));
  const config = imageConfig(draft, root, timed, created);
  const id = digestOf(canonicalJson(config));
  lease.hold("image", id);
  if (isComplete(store, id, names)) return id;
  return (await commitImage(store, { config, names }, lease)).id;
}

/** Whether nothing is left to do: a build that changed nothing writes nothing. */
function isComplete({ state, content }: ImageStore, id: Digest, names: readonly string[]): boolean {
  const image = state.images.get(id);
  if (image === undefined || names.some((name) => state.names.get(name) !== id)) return false;
  return content.stat(id) !== undefined && content.stat(image.manifest) !== undefined;
}

/** The canonical form of what `--tag` says; fails with `invalid-argument`. */
export function canonicalNames(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => formatReference(parseTaggedReference(tag))))];
}

/**
 * The whole history. A line without a layer takes the time of the layer before it, the lines
 * before the build's first layer the time of that, so that nothing depends on when it was built.
 */
export function buildHistory(draft: ImageDraft, { results }: RootState): HistoryEntry[] {
  const base = baseHistory(draft);
  const rest = [...results];
  let time = rest[0]?.created ?? base.findLast(({ created }) => created)?.created;
  const added = draft.history.map(({ createdBy, layer }): HistoryEntry => {
    const result = layer ? rest.shift() : undefined;
    if (result !== undefined) time = result.created;
    return {
      ...(time !== undefined && { created: time }),
      created_by: createdBy,
      comment: COMMENT,
      ...(result?.layer === undefined && { empty_layer: true }),
    };
  });
  return [...base, ...added];
}

function imageConfig(
  { base, author, config }: ImageDraft,
  { layers }: RootState,
  history: readonly HistoryEntry[],
  created: string,
): ImageConfig {
  const { architecture, os, variant } = base;
  const version = base["os.version"];
  const features = base["os.features"];
  return {
    created,
    ...(author !== undefined && { author }),
    architecture,
    os,
    ...(variant !== undefined && { variant }),
    ...(version !== undefined && { "os.version": version }),
    ...(features !== undefined && { "os.features": features }),
    config,
    rootfs: { type: "layers", diff_ids: layers },
    history,
  };
}

/** An image of metadata alone has no layer to take a time from: the first build's is kept. */
function firstSeen(draft: ImageDraft, { state }: ImageStore): string {
  const key = digestOf(JSON.stringify([draft.config, draft.author ?? "", draft.history]));
  const known = state.facts.get(NAMESPACE, key);
  if (known !== undefined) return known;
  const created = new Date().toISOString();
  state.facts.put(NAMESPACE, key, created);
  return created;
}
