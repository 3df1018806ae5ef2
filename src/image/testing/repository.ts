import { gzipSync } from "node:zlib";
import type { Bytes, Chunk } from "#bytes";
import { fail } from "#errors";
import { type Descriptor, type Digest, digestOf, mediaTypes, type Platform } from "#oci";
import type { Remote, RemoteManifest, Repository } from "#remote";
import { canonicalJson } from "../canonical-json.ts";
import { type TarFile, tarOf } from "./tar.ts";

/** What a test puts into a registry; layers are gzipped unless `pack` does something else. */
export interface RemoteImage {
  readonly layers: readonly (readonly TarFile[])[];
  readonly platform?: Platform;
  readonly pack?: (tar: Uint8Array) => Uint8Array;
  readonly isDocker?: boolean;
  /** Changes the manifest or config, to make a bad image. */
  readonly spoilManifest?: (manifest: Record<string, unknown>) => object;
  readonly spoilConfig?: (config: Record<string, unknown>) => object;
}

const OCI = [mediaTypes.ociManifest, mediaTypes.ociConfig, mediaTypes.ociLayerGzip] as const;
const DOCKER = [
  mediaTypes.dockerManifest,
  mediaTypes.dockerConfig,
  mediaTypes.dockerLayerGzip,
] as const;

/** A repository of a registry that is in memory, and what was asked of it. */
export class TestRepository implements Repository {
  readonly registry: string = "example.com";
  readonly repository: string = "app";
  readonly blobs = new Map<Digest, Uint8Array>();
  readonly manifests = new Map<string, RemoteManifest>();
  /** `blob DIGEST OFFSET`, `manifest REFERENCE`, `resolve REFERENCE`. */
  readonly requests: string[] = [];
  /** Gives what a request for a blob gets in place of its bytes. */
  serve: (bytes: Uint8Array, digest: Digest) => Bytes = chunked;

  /** Gives the config's digest. */
  put(tag: string, image: RemoteImage): Digest {
    const { config, descriptor } = this.#add(image);
    this.manifests.set(tag, this.manifests.get(descriptor.digest)!);
    return config;
  }

  /** Puts an index of several images; gives the digests of their configs. */
  putIndex(tag: string, images: readonly RemoteImage[], more: readonly object[] = []): Digest[] {
    const added = images.map((image) => ({ image, ...this.#add(image) }));
    const manifests = added.map(({ image: { platform = AMD64 }, descriptor }) => {
      return { ...descriptor, platform };
    });
    this.putManifest(tag, mediaTypes.ociIndex, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [...more, ...manifests],
    });
    return added.map(({ config }) => config);
  }

  putManifest(tag: string, mediaType: string, content: object): Descriptor {
    const bytes = canonicalJson(content);
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    for (const reference of [tag, descriptor.digest])
      this.manifests.set(reference, { descriptor, bytes });
    return descriptor;
  }

  putBlob(bytes: Uint8Array, mediaType: string): Descriptor {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  async resolve(reference: string): Promise<Descriptor> {
    this.requests.push(`resolve ${reference}`);
    return this.#find(reference).descriptor;
  }

  async manifest(reference: string): Promise<RemoteManifest> {
    this.requests.push(`manifest ${reference}`);
    return this.#find(reference);
  }

  async *blob(
    { digest }: Descriptor,
    { offset = 0, signal }: { offset?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<Chunk> {
    this.requests.push(`blob ${digest} ${offset}`);
    const bytes = this.blobs.get(digest) ?? fail("not-found", `no blob ${digest}`);
    for await (const chunk of this.serve(bytes.subarray(offset), digest)) {
      signal?.throwIfAborted();
      yield chunk;
    }
  }

  async *tags(): AsyncGenerator<string> {
    yield* this.manifests.keys().filter((name) => !name.includes(":"));
  }

  statBlob = refuse;
  pushBlob = refuse;
  pushManifest = refuse;
  referrers = refuse;
  deleteManifest = refuse;

  #find(reference: string): RemoteManifest {
    return this.manifests.get(reference) ?? fail("not-found", "manifest unknown");
  }

  #add(image: RemoteImage): { config: Digest; descriptor: Descriptor } {
    const { layers, platform = AMD64, pack = gzipSync, isDocker = false } = image;
    const { spoilManifest = same, spoilConfig = same } = image;
    const [manifestType, configType, layerType] = isDocker ? DOCKER : OCI;
    const diff_ids = layers.map((layer) => digestOf(tarOf(layer)));
    const content = { ...platform, rootfs: { type: "layers", diff_ids } };
    const config = this.putBlob(canonicalJson(spoilConfig(content)), configType);
    const stored = layers.map((layer) => this.putBlob(pack(tarOf(layer)), layerType));
    const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: stored };
    const descriptor = this.putManifest("", manifestType, spoilManifest(manifest));
    this.manifests.delete("");
    return { config: config.digest, descriptor };
  }
}

const AMD64: Platform = { architecture: "amd64", os: "linux" };
const CHUNK = 1000;

/** Bytes in small pieces. */
export async function* chunked(bytes: Uint8Array): AsyncGenerator<Chunk> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

/** Registries that have this one repository, whatever it is called. */
export function remoteOf(repository: Repository): () => Promise<Remote> {
  return async () => ({
    repository: () => repository,
    login: refuse,
    catalog: () => chunkless(),
    search: refuse,
  });
}

async function* chunkless(): AsyncGenerator<never> {}

function same<T>(value: T): T {
  return value;
}

async function refuse(): Promise<never> {
  return fail("unsupported", "not in this test");
}

/** Bytes that do not get smaller by compression. */
export function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}
