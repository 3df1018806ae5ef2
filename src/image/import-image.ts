import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { type Digest, hostPlatform, type ImageConfig } from "#oci";
import { addLayer } from "./add-layer.ts";
import { commitImage } from "./commit-image.ts";
import { type DecompressOptions, decompress } from "./decompress.ts";
import { noteImage } from "./events.ts";
import type { ImportOptions } from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";
import { parseTarget } from "./tag.ts";

/** Makes an image of one layer out of a root file system's tar; gives its ID. */
export async function importImage(
  store: ImageStore,
  source: Bytes | URL,
  options: ImportOptions & DecompressOptions = {},
): Promise<Digest> {
  const names = options.name === undefined ? [] : [parseTarget(options.name)];
  const config = await changedConfig(options.changes ?? []);
  using lease = store.state.leases.open("import");
  const packed = source instanceof URL ? await download(source, options.signal) : source;
  const { bytes } = await decompress(packed, options);
  const layer = await addLayer(store, bytes, lease, signalOf(options));
  const message = options.message || `Imported from ${source instanceof URL ? source : "-"}`;
  const created = new Date(options.created ?? Date.now()).toISOString();
  const image: ImageConfig = {
    ...(options.platform ?? hostPlatform()),
    created,
    config,
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
    history: [{ created, comment: message }],
  };
  const { id } = await commitImage(store, { config: image, names }, lease);
  noteImage(store.state, { id, labels: image.config?.Labels }, "import");
  return id;
}

async function changedConfig(changes: readonly string[]) {
  if (changes.length === 0) return {};
  const { changeConfig } = await import("./config-change.ts");
  return changeConfig({}, changes);
}

async function download(url: URL, signal: AbortSignal | undefined): Promise<Bytes> {
  const response = await fetch(url, signal ? { signal } : {}).catch((error) =>
    fail("unavailable", `cannot fetch ${url}: ${error.message}`, error),
  );
  if (!response.ok || response.body === null)
    fail("unavailable", `cannot fetch ${url}: the server says ${response.status}`);
  return response.body as unknown as Bytes;
}

function signalOf({ signal }: ImportOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
