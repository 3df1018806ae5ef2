import { collect } from "#bytes";
import { fail, KindedError } from "#errors";
import { type Digest, isIndexType } from "#oci";
import type { PushedBlob } from "#remote";
import type { Lease } from "#state";
import { storeEntry } from "../archive/store-entry.ts";
import { prepareImage, recordImages } from "../commit-image.ts";
import type { ImageStore } from "../image-store.ts";
import { parseConfig, parseManifest } from "../parse-image.ts";
import { rememberPlace } from "../push/blob-places.ts";
import { MAX_JSON_SIZE } from "../read-image.ts";
import type { GraphTarget, OutgoingBlob, OutgoingManifest, TakeOptions } from "./graph.ts";
import { compressionOf } from "./layer-form.ts";
import { told } from "./told.ts";

/** The store, where an image gets a canonical name; what it lacks is checked as a load does. */
export function storeTarget(store: ImageStore, name: string, lease: Lease): GraphTarget {
  const configs = new Map<Digest, Uint8Array>();
  return {
    async blob(blob, options) {
      const isLayer = compressionOf(blob.mediaType) !== undefined;
      const taken = isLayer
        ? await takeLayer(store, blob, lease, options)
        : await takeConfig(configs, blob);
      for (const place of blob.places ?? [])
        rememberPlace(store.state.facts, place, [taken.digest]);
      return taken;
    },
    async manifest(manifest) {
      if (manifest.role === "root") await commit(store, manifest, { configs, name, lease });
    },
  };
}

async function takeConfig(
  configs: Map<Digest, Uint8Array>,
  blob: OutgoingBlob,
): Promise<PushedBlob> {
  const bytes = await collect(blob.open(0), MAX_JSON_SIZE);
  const { digest, size } = blob.result();
  configs.set(digest, bytes);
  return { digest, size, how: "pushed" };
}

async function takeLayer(
  store: ImageStore,
  blob: OutgoingBlob,
  lease: Lease,
  options: TakeOptions = {},
): Promise<PushedBlob> {
  const { digest } = blob;
  const here = digest && findHere(store, digest, lease);
  if (here) return { ...here, how: "exists" };
  const stored = await storeEntry(store, told(blob.open(0), options), digest, lease, {
    ...(options.signal && { signal: options.signal }),
  });
  const { layer } = stored;
  if (layer instanceof KindedError)
    fail(layer.kind, `layer ${digest ?? stored.blob}: ${layer.message}`, layer);
  store.state.layers.put(layer);
  return { digest: stored.blob, size: stored.size, how: "pushed" };
}

/** A layer that is stored in this very form; it is held from before it is looked for. */
function findHere({ content, state }: ImageStore, digest: Digest, lease: Lease) {
  lease.hold("blob", digest);
  return state.layers.byBlob(digest) && content.stat(digest);
}

async function commit(
  store: ImageStore,
  { descriptor, bytes }: OutgoingManifest,
  given: { configs: ReadonlyMap<Digest, Uint8Array>; name: string; lease: Lease },
): Promise<void> {
  const { configs, name, lease } = given;
  if (isIndexType(descriptor.mediaType))
    fail("unsupported", "the store keeps images of one platform: choose one with --platform");
  const manifest = parseManifest(bytes, `manifest ${descriptor.digest}`);
  const configBytes =
    configs.get(manifest.config.digest) ??
    fail(
      "unsupported",
      `${descriptor.digest} is no image: its config is ${manifest.config.mediaType}`,
    );
  const config = parseConfig(configBytes, `config ${manifest.config.digest}`);
  const diffIds = manifest.layers.map(({ digest }) => store.state.layers.byBlob(digest)?.diffId);
  const { diff_ids } = config.rootfs;
  const fits = diffIds.length === diff_ids.length && diffIds.every((id, at) => id === diff_ids[at]);
  if (!fits) fail("data-loss", `the layers of ${descriptor.digest} are not those its config lists`);
  const image = { config, configBytes, manifestBytes: bytes, names: [name] };
  recordImages(store, [await prepareImage(store, image, lease)]);
}
