import type { Descriptor, Digest } from "#oci";

/** Where the bytes of a blob are: what a {@link BlobStorage} gave for them. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
  /** Of use to the storage alone: an object's key, say. */
  readonly location: string;
}

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What a manifest that is being stored says of other content. */
export interface ManifestLinks {
  /** Blobs that must be in the repository: config and layers. */
  readonly blobs: readonly Digest[];
  /** Manifests of an index. They may be missing (a sparse index). */
  readonly manifests: readonly Digest[];
  readonly subject?: Digest;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An upload that has begun; plain data, so that any replica can go on with it. */
export interface UploadRecord {
  readonly id: string;
  readonly repository: string;
  /** Bytes that are durable. */
  readonly offset: number;
  readonly algorithm: "sha256" | "sha512";
  /** Of use to the storage alone: its parts, say. JSON. */
  readonly state: string;
  /** Unix milliseconds. */
  readonly touched: number;
}

/** A page of a sorted list: names after `last`, `n` of them at the most. */
export interface Page {
  readonly n?: number;
  readonly last?: string;
}

/** A page of referrers, in the order of their digests; `last` is the digest of the last one. */
export interface ReferrersPage extends Page {
  readonly artifactType?: string;
  /** About as many bytes of JSON at the most; the first one is given in any case. */
  readonly mostBytes?: number;
}

/** What a garbage collection would take, or took, away. */
export interface GarbageReport {
  readonly blobs: readonly StoredBlob[];
  readonly manifests: readonly { readonly repository: string; readonly digest: Digest }[];
  readonly bytes: number;
}

/**
 * Who has what: repositories, blobs, manifests, tags, uploads. Every method is one transaction,
 * durable when it resolves; any number of processes may use the same records at once.
 */
export interface Records extends AsyncDisposable {
  /**
   * The blob, when the repository has it. With `relyOn` somebody is told that it is there, and will
   * push a manifest that names it: garbage collection counts its age from now on (to the minute).
   */
  blob(
    repository: string,
    digest: Digest,
    options?: { relyOn?: boolean },
  ): Promise<StoredBlob | undefined>;
  /**
   * Gives the repository a blob whose bytes are stored. Where the same blob is known already, that
   * one is given and the caller removes its own bytes.
   */
  addBlob(repository: string, blob: StoredBlob): Promise<StoredBlob>;
  /** Gives the repository a blob of another one; undefined when that has no such blob. */
  mountBlob(repository: string, digest: Digest, from: string): Promise<StoredBlob | undefined>;
  /** Repositories that have the blob, `most` of them. */
  holders(digest: Digest, most: number): Promise<readonly string[]>;
  /** Those of the locations that a blob is recorded at; the others are stray, or not recorded yet. */
  knownLocations(locations: readonly string[]): Promise<ReadonlySet<string>>;
  /** Those of the uploads that may still become blobs. */
  knownUploads(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** False when the repository has no such blob. */
  deleteBlob(repository: string, digest: Digest): Promise<boolean>;

  /** By tag or digest. `relyOn` is as with {@link blob}: an index will name it. */
  manifest(
    repository: string,
    reference: string,
    options?: { relyOn?: boolean },
  ): Promise<StoredManifest | undefined>;
  /**
   * Stores a manifest, and points the tags at it. What `links.manifests` names may be missing. Gives the blobs of it that the repository has
   * not; then nothing was stored.
   */
  putManifest(
    repository: string,
    manifest: StoredManifest,
    links: ManifestLinks,
    tags: readonly string[],
  ): Promise<{ readonly missing: readonly Digest[] }>;
  /** Takes a manifest away with its tags. False when there is none. */
  deleteManifest(repository: string, digest: Digest): Promise<boolean>;
  deleteTag(repository: string, tag: string): Promise<boolean>;
  /** Sorted without regard to case. Undefined when there is no such repository. */
  tags(repository: string, page: Page): Promise<readonly string[] | undefined>;
  repositories(page: Page): Promise<readonly string[]>;
  /** Manifests whose subject is `digest`, whether that is here or not. */
  referrers(
    repository: string,
    digest: Digest,
    page: ReferrersPage,
  ): Promise<readonly Descriptor[]>;

  putUpload(upload: UploadRecord): Promise<void>;
  upload(repository: string, id: string): Promise<UploadRecord | undefined>;
  /** False when the upload has moved on from `from` meanwhile, or is gone: nothing was changed. */
  advanceUpload(upload: UploadRecord, from: number): Promise<boolean>;
  /**
   * Gives an upload's repository the blob that was made of it, as {@link addBlob} does, and takes
   * the upload away. Undefined when that is gone meanwhile: then its bytes are somebody else's.
   */
  finishUpload(upload: UploadRecord, blob: StoredBlob): Promise<StoredBlob | undefined>;
  /**
   * False when it is gone already, or was touched since `untouchedSince`. Only who took an upload
   * away removes its bytes, so that nobody does while another one makes a blob of them.
   */
  deleteUpload(id: string, untouchedSince?: number): Promise<boolean>;
  /** Uploads that nobody has touched since `before` (Unix milliseconds). */
  idleUploads(before: number): Promise<readonly UploadRecord[]>;

  /**
   * Takes away what nothing refers to and what is older than `before`: blobs that no repository
   * has a manifest for. With `dryRun` only says so. The caller removes the bytes.
   */
  collectGarbage(
    before: number,
    options?: { dryRun?: boolean; untagged?: boolean },
  ): Promise<GarbageReport>;
}
