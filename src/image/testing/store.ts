import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chunksOf, collect } from "#bytes";
import { openContentStore } from "#content";
import type { DiffId, Digest, ImageConfig } from "#oci";
import { createSnapshotter, type Snapshotter } from "#snapshot";
import { openState } from "#state";
import {
  addLayer,
  commitImage,
  createImageService,
  type ImageService,
  type ImageServiceOptions,
  type ImageStore,
  openLayerIndexes,
} from "../index.ts";
import { type TarFile, tarOf } from "./tar.ts";

export interface TestStore extends ImageStore, Disposable {
  readonly root: string;
  readonly images: ImageService;
}

/** A store of its own in a temporary directory, with the driver that works everywhere. */
export function openTestStore(options: Partial<ImageServiceOptions> = {}): TestStore {
  const root = mkdtempSync(join(tmpdir(), "shale-image-"));
  const state = openState(root);
  const content = openContentStore(root);
  let made: Promise<Snapshotter> | undefined;
  const snapshotter = () => {
    made ??= createSnapshotter({
      ...{ root, runtimeDirectory: join(root, "run"), state },
      ...{ rootless: false, driver: "copy" },
    });
    return made;
  };
  const store = { content, state, indexes: openLayerIndexes(root), snapshotter };
  return {
    ...store,
    root,
    images: createImageService({ ...store, root, ...options }),
    [Symbol.dispose]() {
      state[Symbol.dispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export interface TestImage extends Partial<ImageConfig> {
  readonly layers: readonly (readonly TarFile[])[];
  readonly names?: readonly string[];
}

/** Puts an image into a store; names are canonical. */
export async function putImage(store: ImageStore, image: TestImage): Promise<Digest> {
  const { layers, names = [], ...config } = image;
  using lease = store.state.leases.open("test");
  const diffIds: DiffId[] = [];
  for (const files of layers)
    diffIds.push((await addLayer(store, chunksOf(tarOf(files)), lease)).diffId);
  const whole: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    created: "2024-05-01T10:00:00Z",
    ...config,
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  return (await commitImage(store, { config: whole, names }, lease)).id;
}

/** A container of an image, as the container module records it. */
export function putContainer(
  store: ImageStore,
  image: Digest,
  status: string,
  id = "c0ffee",
): void {
  const whole = id.padEnd(64, "0");
  store.state.containers.create({
    id: whole,
    name: id,
    image,
    status,
    created: 0,
    record: "{}",
  });
}

/** What `save` writes of some images, in one piece. */
export async function saved(store: TestStore, ...names: string[]): Promise<Uint8Array> {
  return await collect(await store.images.save(names), 100e6);
}

/** The digests of all blobs in a store. */
export function blobsIn(store: ImageStore): Digest[] {
  return Array.from(store.content.list(), ({ digest }) => digest).sort();
}
