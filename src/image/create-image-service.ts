import { fail } from "#errors";
import type { Remote } from "#remote";
import type { InflateLimits } from "./decompress.ts";
import type { UsageOptions } from "./disk-usage.ts";
import type { ImageService, ResolvedImage } from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";
import { listImages } from "./list.ts";
import { readConfig } from "./read-image.ts";
import { findImage, namesOf } from "./resolve.ts";
import { tagImage } from "./tag.ts";

export interface ImageServiceOptions extends ImageStore, UsageOptions {
  /** When `load` and `import` take their input for a decompression bomb. */
  readonly limits?: InflateLimits;
  /** Registries, for what pulls and pushes; opened when the first of them is needed. */
  readonly remote?: () => Promise<Remote>;
}

/** The image service on a store of this process. What a call does not need is not loaded. */
export function createImageService(options: ImageServiceOptions): ImageService {
  const { limits, root, remote, ...store } = options;
  const openRemote = remote ?? failRemote;
  const limited = limits ? { limits } : {};
  const usage = root ? { root } : {};
  return {
    resolve: (name) => resolveImage(store, name),
    list: (listing) => listImages(store, listing),
    inspect: async (name) => (await import("./inspect.ts")).inspectImage(store, name),
    history: async (name) => (await import("./history.ts")).imageHistory(store, name),
    tag: async (source, target) => tagImage(store, source, target),
    remove: async (name, how) => (await import("./remove.ts")).removeImage(store, name, how),
    save: async (names, how) => (await import("./archive/save.ts")).saveImages(store, names, how),
    load: async (archive, how) =>
      (await import("./archive/load.ts")).loadImages(store, archive, { ...limited, ...how }),
    import: async (source, how) =>
      (await import("./import-image.ts")).importImage(store, source, { ...limited, ...how }),
    pull: async (name, how) => {
      const { pullImages } = await import("./pull/pull.ts");
      return pullImages(store, await openRemote(), name, { ...limited, ...how });
    },
    push: async (name, how) =>
      (await import("./push/push-image.ts")).pushImages(store, openRemote, name, how),
    copy: async (from, to, how) =>
      (await import("./copy/copy-image.ts")).copyImage(store, openRemote, from, to, how),
    prune: async (how) => (await import("./prune.ts")).pruneImages(store, how),
    pruneCache: async (how) => (await import("./prune-cache.ts")).pruneCache(store, how),
    diskUsage: async () => (await import("./disk-usage.ts")).diskUsage(store, usage),
  };
}

async function failRemote(): Promise<never> {
  return fail("failed-precondition", "this store was opened without registries");
}

async function resolveImage(store: ImageStore, name: string): Promise<ResolvedImage> {
  const { id, manifest } = findImage(store.state, name);
  return { id, manifest, config: await readConfig(store.content, id), ...namesOf(store.state, id) };
}
