import { type Answer, jsonOf, locationOf, type Peer, withQuery } from "./peer.ts";

export type Algorithm = "sha256" | "sha512";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
  readonly urls?: readonly string[];
}

export const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  octets: "application/octet-stream",
} as const;

export function digestOf(bytes: Uint8Array | string, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${new Bun.CryptoHasher(algorithm).update(bytes).digest("hex")}`;
}

/** Bytes that no test has had before. */
export function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

export const textBytes = (text: string) => new TextEncoder().encode(text);
export const encode = (value: unknown) => textBytes(JSON.stringify(value));

/** Sends a blob by POST and PUT and gives its descriptor. */
export async function pushBlob(
  peer: Peer,
  bytes: Uint8Array<ArrayBuffer>,
  { mediaType = types.octets as string, algorithm = "sha256" as Algorithm } = {},
): Promise<Descriptor> {
  const digest = digestOf(bytes, algorithm);
  const begun = await peer.ask("POST", "blobs/uploads/");
  const url = withQuery(locationOf(peer, begun), { digest });
  const done = await peer.ask("PUT", url, { body: bytes });
  if (done.status !== 201) throw new Error(`PUT of a blob: ${done.status}`);
  return { mediaType, digest, size: bytes.length };
}

export function putManifest(
  peer: Peer,
  reference: string,
  manifest: unknown,
  mediaType: string = types.manifest,
): Promise<Answer> {
  const body = manifest instanceof Uint8Array ? manifest.slice() : encode(manifest);
  return peer.ask("PUT", `manifests/${reference}`, {
    headers: { "Content-Type": mediaType },
    body,
  });
}

/** An image of one layer whose blobs are in the repository. */
export async function imageIn(peer: Peer, more: object = {}, algorithm: Algorithm = "sha256") {
  const layer = await pushBlob(peer, randomBytes(600), { mediaType: types.layer, algorithm });
  const contents = encode({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  });
  const config = await pushBlob(peer, contents, { mediaType: types.config, algorithm });
  return { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer], ...more };
}

/** Pushes an image under a tag, or by its digest, and gives its descriptor and bytes. */
export async function pushImage(peer: Peer, tag?: string, more: object = {}) {
  return pushed(peer, encode(await imageIn(peer, more)), types.manifest, tag);
}

/** Pushes an index over manifests. */
export async function pushIndex(
  peer: Peer,
  manifests: readonly Descriptor[],
  tag?: string,
  more: object = {},
) {
  const index = { schemaVersion: 2, mediaType: types.index, manifests, ...more };
  return pushed(peer, encode(index), types.index, tag);
}

/** Pushes what is no image: an empty config, and a subject if asked for. */
export async function pushArtifact(peer: Peer, more: object = {}, tag?: string) {
  const empty = await pushBlob(peer, encode({}), { mediaType: types.empty });
  const manifest = { schemaVersion: 2, mediaType: types.manifest, config: empty, layers: [empty] };
  return pushed(peer, encode({ ...manifest, ...more }), types.manifest, tag);
}

async function pushed(peer: Peer, bytes: Uint8Array<ArrayBuffer>, mediaType: string, tag?: string) {
  const digest = digestOf(bytes);
  const answer = await putManifest(peer, tag ?? digest, bytes, mediaType);
  if (answer.status !== 201)
    throw new Error(`PUT of a manifest: ${answer.status} ${JSON.stringify(jsonOf(answer))}`);
  return { descriptor: { mediaType, digest, size: bytes.length }, digest, bytes, answer };
}
