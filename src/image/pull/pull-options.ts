import type { Digest, Platform } from "#oci";

/** A layer of an image that is being pulled. */
export interface PullLayer {
  /** Of its blob. */
  readonly digest: Digest;
  /** Bytes of the blob. */
  readonly size: number;
  /** Whether it is in the store already, in this form or another. */
  readonly isHere: boolean;
}

/** What happens during a pull, for a live view. Layers are known by their blobs' digests. */
export type PullEvent =
  /** One reference's turn has come: `latest` (or the canonical name with a digest) of a repository. */
  | { readonly kind: "begin"; readonly reference: string; readonly repository: string }
  /** What will be done, before the first byte of a layer; each blob is listed once. */
  | { readonly kind: "plan"; readonly layers: readonly PullLayer[] }
  /** Somebody else is at work on the layer. */
  | { readonly kind: "waiting"; readonly layer: Digest }
  /** Bytes of the blob that are here; what earlier tries left counts from the beginning. */
  | { readonly kind: "progress"; readonly layer: Digest; readonly bytes: number }
  /** All of the layer is here, verified and indexed. */
  | { readonly kind: "complete"; readonly layer: Digest }
  /** One of all tags that is no image for this platform. */
  | { readonly kind: "skipped"; readonly reference: string; readonly reason: string }
  | { readonly kind: "pulled"; readonly image: PulledImage };

export interface PullOptions {
  /** All tags of the repository. */
  readonly all?: boolean;
  /** Which image of an index; the machine's own when absent. */
  readonly platform?: Platform;
  readonly onEvent?: (event: PullEvent) => void;
  readonly signal?: AbortSignal;
}

/** An image that a reference stands for and that is in the store now. */
export interface PulledImage {
  readonly id: Digest;
  /** Canonical, with the tag or else the digest that was asked for. */
  readonly name: string;
  /** What the registry has under this name: the digest of an index where it is one. */
  readonly digest: Digest;
  /** Whether the name was unknown or stood for another image before. */
  readonly isNewer: boolean;
}
