import type { Descriptor, Digest } from "#oci";
import type { BlobSource, PushedBlob, RequestOptions } from "#remote";

/** What a blob is in its image: layers may change their form on the way. */
export type BlobRole = "layer" | "config";

/** A blob on its way from a source to a target. */
export interface OutgoingBlob extends BlobSource {
  readonly mediaType: string;
  /** Repositories of the source's registry that have it. */
  readonly places?: readonly { readonly registry: string; readonly repository: string }[];
  /** Bytes to be read of it, and those that were: they differ from what is sent when it changes. */
  readonly total: number;
  read(): number;
  /**
   * Where its digest is what was made of it the last time, and another compressor may make
   * something else: the same without that promise.
   */
  unpromised?(): OutgoingBlob;
  /** Told what the target has. */
  arrived?(blob: PushedBlob): void;
}

/** What manifests and blobs come from: a registry, the store, an image layout, an archive. */
export interface GraphSource {
  /** The bytes of a manifest or an index, verified. */
  manifest(descriptor: Descriptor, options?: RequestOptions): Promise<Uint8Array>;
  blob(descriptor: Descriptor, role: BlobRole, options?: RequestOptions): OutgoingBlob;
  /** What refers to a manifest there; nothing where that cannot be asked. */
  referrers?(digest: Digest, options?: RequestOptions): Promise<readonly Descriptor[]>;
}

/**
 * What a manifest is to the copy: what it is of, which gets the target's name and comes last; one
 * that an index names; one that refers to another.
 */
export type ManifestRole = "root" | "part" | "referrer";

/** A manifest or an index on its way. */
export interface OutgoingManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly role: ManifestRole;
}

export interface TakeOptions extends RequestOptions {
  /** Bytes that the target has taken in. */
  readonly onProgress?: (bytes: number) => void;
}

/** Where manifests and blobs go to; a manifest comes after all that it names. */
export interface GraphTarget {
  blob(blob: OutgoingBlob, options?: TakeOptions): Promise<PushedBlob>;
  manifest(manifest: OutgoingManifest, options?: RequestOptions): Promise<void>;
}

/** What happens to a layer while a graph is copied, for a live view. Bytes. */
export type LayerEvent =
  | { readonly kind: "preparing"; readonly digest: Digest }
  | {
      readonly kind: "sending";
      readonly digest: Digest;
      /** Bytes that were read, of so many. */
      readonly read: number;
      readonly total: number;
      /** Bytes that the target has taken in. */
      readonly sent: number;
    }
  | { readonly kind: "sent"; readonly digest: Digest; readonly blob: PushedBlob };
