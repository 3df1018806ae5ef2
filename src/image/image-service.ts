import type { Bytes } from "#bytes";
import type { Filters } from "#filters";
import type { Descriptor, DiffId, Digest, ImageConfig, Platform } from "#oci";
import type { LayerEvent } from "./copy/graph.ts";
import type { ImagePlace } from "./copy/image-place.ts";
import type { ImageForm } from "./copy/layer-form.ts";
import type { PulledImage, PullOptions } from "./pull/pull-options.ts";

/** An image that a name, ID or ID prefix was resolved to, with its config. */
export interface ResolvedImage {
  readonly id: Digest;
  readonly manifest: Digest;
  readonly config: ImageConfig;
  /** Canonical names with a tag, sorted. */
  readonly tags: readonly string[];
  /** Canonical names with a digest, sorted. */
  readonly digests: readonly string[];
}

/** An image in a listing. Times are Unix milliseconds, sizes bytes. */
export interface ImageSummary {
  readonly id: Digest;
  /** `alpine:latest`, sorted; empty for a dangling image. */
  readonly repoTags: readonly string[];
  /** `alpine@sha256:…`, sorted. */
  readonly repoDigests: readonly string[];
  readonly created: number;
  /** Of the files of all layers. */
  readonly size: number;
  /** Read from the config when the listing asks for them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** How many containers, running or not, were made from it. */
  readonly containers: number;
}

export interface ListOptions {
  /** Intermediate images too. The builder makes none, so that nothing changes. */
  readonly all?: boolean;
  /** `dangling`, `label`, `label!`, `before`, `since`, `until`, `reference`. */
  readonly filters?: Filters;
  /** With each image's labels: costs reading its config. */
  readonly labels?: boolean;
}

/** One line of `history`, newest first. */
export interface HistoryItem {
  /** The image ID of the topmost line; undefined (`<missing>`) below it. */
  readonly id: Digest | undefined;
  /** Unix milliseconds; 0 when unknown. */
  readonly created: number;
  readonly createdBy: string;
  /** Bytes this step's layer added; 0 for a step without one. */
  readonly size: number;
  readonly comment: string;
  readonly tags: readonly string[];
}

/** What Docker's `GET /images/{name}/json` answers, in its order and names. */
export interface ImageInspect {
  readonly Id: Digest;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Parent: string;
  readonly Comment: string;
  readonly Created?: string;
  readonly DockerVersion: string;
  readonly Author: string;
  readonly Config: Readonly<Record<string, unknown>>;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  readonly OsVersion?: string;
  readonly Size: number;
  readonly GraphDriver: { readonly Data: null; readonly Name: string };
  readonly RootFS: { readonly Type: "layers"; readonly Layers?: readonly DiffId[] };
  readonly Metadata: { readonly LastTagTime: string };
}

/** One line of what `rmi` says: a name that was taken off, or an image or layer that is gone. */
export type Removal = { readonly untagged: string } | { readonly deleted: string };

export interface RemoveOptions {
  /** Also when several names or a stopped container point at it. */
  readonly force?: boolean;
}

/** What happens during a load, for a live view. Bytes are of the archive's entry. */
export type LoadEvent =
  | {
      readonly kind: "layer";
      readonly path: string;
      readonly bytes: number;
      readonly total: number;
    }
  | { readonly kind: "renamed"; readonly name: string; readonly old: Digest };

export interface LoadOptions {
  /** Which image to take of an index of several; the machine's own when absent. */
  readonly platform?: Platform;
  readonly onEvent?: (event: LoadEvent) => void;
  readonly signal?: AbortSignal;
}

/** An image that came in, with the familiar names it got. */
export interface LoadedImage {
  readonly id: Digest;
  readonly names: readonly string[];
}

export interface ImportOptions {
  /** What the image is called, `REPO[:TAG]`; it has no name when absent. */
  readonly name?: string;
  /** Dockerfile instructions to apply to the config. */
  readonly changes?: readonly string[];
  /** The history's comment; `Imported from -` or the URL when absent. */
  readonly message?: string;
  readonly platform?: Platform;
  /** Unix milliseconds of the image's creation; now when absent. */
  readonly created?: number;
  readonly signal?: AbortSignal;
}

/** What happens during a push, in this order for each tag; layers are named by their diffID. */
export type PushEvent =
  | { readonly kind: "repository"; readonly name: string }
  | LayerEvent
  | {
      readonly kind: "pushed";
      readonly tag: string | undefined;
      readonly digest: Digest;
      readonly size: number;
    };

export interface PushOptions extends Omit<ImageForm, "keepsDigests"> {
  /** All tags of the repository. */
  readonly all?: boolean;
  readonly onEvent?: (event: PushEvent) => void;
  readonly signal?: AbortSignal;
}

export interface CopyOptions extends Omit<ImageForm, "keepsDigests"> {
  /** An index with all that it names, not just the image for one platform. */
  readonly all?: boolean;
  /** Which image of an index; the machine's own when absent. */
  readonly platform?: Platform;
  /** Signatures, attestations and the like go along, as far as digests stay. */
  readonly referrers?: boolean;
  readonly onEvent?: (event: LayerEvent) => void;
  readonly signal?: AbortSignal;
}

/** A tag that a registry has now, with its manifest there. */
export interface PushedImage {
  /** Familiar. */
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
}

/** What a prune took away; bytes are what the store got smaller by. */
export interface PruneReport {
  readonly removals: readonly Removal[];
  readonly reclaimed: number;
}

export interface ImagePruneOptions {
  /** All images that no container uses, not just those without a name. */
  readonly all?: boolean;
  /** `until`, `label`, `label!`, `dangling` (false means the same as `all`). */
  readonly filters?: Filters;
}

export interface CachePruneOptions {
  /** Also records whose layers images share. */
  readonly all?: boolean;
  /** `until` or `unused-for` (by last use), `id`, `description`. */
  readonly filters?: Filters;
  /** Bytes to keep, of what was used last. */
  readonly keep?: number;
}

export interface CachePruneReport {
  readonly records: readonly Digest[];
  readonly reclaimed: number;
}

/** One kind of thing in `system df`. Bytes are disk blocks, as `du` counts them. */
export interface UsageTotal {
  readonly total: number;
  readonly active: number;
  readonly size: number;
  readonly reclaimable: number;
}

export interface ImageUsage extends ImageSummary {
  /** Bytes of layers that other images hold too. */
  readonly sharedSize: number;
  readonly uniqueSize: number;
}

export interface ContainerUsage {
  readonly id: string;
  readonly name: string;
  readonly image: Digest | undefined;
  readonly status: string;
  readonly created: number;
  /** Bytes on disk: its writable tree and its folder. */
  readonly size: number;
}

export interface VolumeUsage {
  readonly name: string;
  /** How many containers, running or not, have it. */
  readonly links: number;
  readonly size: number;
}

export interface CacheUsage {
  readonly key: Digest;
  readonly description: string;
  readonly size: number;
  readonly created: number;
  readonly used: number;
  readonly uses: number;
  /** Whether an image holds its layers too. */
  readonly shared: boolean;
}

/**
 * What the store takes on disk. The five sizes sum up to what `du -x` says of its directory when
 * nobody has its database open.
 */
export interface DiskUsage {
  readonly images: UsageTotal;
  readonly containers: UsageTotal;
  readonly volumes: UsageTotal;
  readonly buildCache: UsageTotal;
  /** The store's own: database, index, locks, directories, and what is on its way in. */
  readonly records: UsageTotal;
  readonly details: {
    readonly images: readonly ImageUsage[];
    readonly containers: readonly ContainerUsage[];
    readonly volumes: readonly VolumeUsage[];
    readonly buildCache: readonly CacheUsage[];
  };
}

/**
 * What can be done with images: the face that the command line and the API server use.
 * Arguments and results are plain data and streams, so that it can be spoken over HTTP.
 *
 * A `name` is what people write: a familiar or canonical reference, an image ID with or without
 * `sha256:`, a prefix of its hex digits, or `repository@digest`. An unknown one fails with
 * `not-found` in Docker's words.
 */
export interface ImageService {
  resolve(name: string): Promise<ResolvedImage>;
  /** Newest first. */
  list(options?: ListOptions): Promise<ImageSummary[]>;
  inspect(name: string): Promise<ImageInspect>;
  history(name: string): Promise<HistoryItem[]>;
  /** Gives the image one more name; another image that had it loses it. */
  tag(source: string, target: string): Promise<void>;
  /** Takes a name off, and the image away with its last one. Fails with `conflict` like Docker. */
  remove(name: string, options?: RemoveOptions): Promise<Removal[]>;
  /** A tar of images that docker, podman and skopeo read. Fails before the first byte or not. */
  save(names: readonly string[], options?: { signal?: AbortSignal }): Promise<Bytes>;
  /** Takes in what {@link save}, docker, podman or skopeo wrote: all of it, or nothing. */
  load(archive: Bytes, options?: LoadOptions): Promise<LoadedImage[]>;
  /** Makes an image of one layer out of a root file system's tar, given or at a URL. */
  import(source: Bytes | URL, options?: ImportOptions): Promise<Digest>;
  /** Sends what a tag names, or all tags of a repository, to its registry. Docker's words. */
  push(name: string, options?: PushOptions): Promise<PushedImage[]>;
  /**
   * Brings in what a name stands for in its registry. Fails with what went wrong there, and
   * with `failed-precondition` where the store was opened without registries.
   */
  pull(name: string, options?: PullOptions): Promise<PulledImage[]>;
  /**
   * Copies an image between registries, the store, image layouts and archives; gives the
   * descriptor of what the target has.
   */
  copy(from: ImagePlace, to: ImagePlace, options?: CopyOptions): Promise<Descriptor>;
  prune(options?: ImagePruneOptions): Promise<PruneReport>;
  pruneCache(options?: CachePruneOptions): Promise<CachePruneReport>;
  diskUsage(): Promise<DiskUsage>;
}
