import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestOf, mediaTypes } from "#oci";
import { createRegistry } from "../create-registry.ts";
import { openSqliteRecords } from "../records-sql/open-records.ts";
import type { Registry, RegistryOptions } from "../registry.ts";
import { openDiskStorage } from "../storage-disk/open-disk-storage.ts";

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The code of the first error. */
  readonly code: string | undefined;
  readonly json: Record<string, unknown>;
}

export type Body = string | Uint8Array<ArrayBuffer> | ReadableStream;

/** Tests begin thousands of transactions, and none of them meets a power cut. */
const FAST = { durable: false };

/** A registry in a directory of its own, spoken to without a network. */
export interface TestRegistry extends AsyncDisposable {
  readonly root: string;
  readonly options: RegistryOptions;
  readonly registry: Registry;
  send(
    method: string,
    path: string,
    body?: Body,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Sent>;
  /** Pushes in one request. */
  blob(repository: string, text: string): Promise<Digest>;
  /** Pushes a manifest with a config and layers of these texts. */
  image(repository: string, tag: string, ...layers: string[]): Promise<Digest>;
  put(repository: string, reference: string, manifest: object): Promise<Sent>;
}

export async function openTestRegistry(
  given: Partial<RegistryOptions> = {},
): Promise<TestRegistry> {
  const root = mkdtempSync(join(tmpdir(), "shale-registry-"));
  const records = given.records ?? (await openSqliteRecords(join(root, "registry.sqlite"), FAST));
  const blobs = given.blobs ?? openDiskStorage(root, FAST);
  const options = { records, blobs, ...given };
  const registry = createRegistry(options);
  const send: TestRegistry["send"] = async (method, path, body, headers = {}) =>
    sent(await registry.fetch(requestOf(method, path, body, headers)));
  const blob: TestRegistry["blob"] = async (repository, text) => {
    const digest = digestOf(text);
    await send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, text);
    return digest;
  };
  const put: TestRegistry["put"] = (repository, reference, manifest) => {
    const type = (manifest as { mediaType?: string }).mediaType ?? mediaTypes.ociManifest;
    const json = JSON.stringify(manifest);
    return send("PUT", `/v2/${repository}/manifests/${reference}`, json, { "content-type": type });
  };
  return {
    ...{ root, options, registry, send, blob, put },
    async image(repository, tag, ...layers) {
      for (const text of ["{}", ...layers]) await blob(repository, text);
      const manifest = imageOf(...layers);
      await put(repository, tag, manifest);
      return digestOf(JSON.stringify(manifest));
    },
    async [Symbol.asyncDispose]() {
      await records[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
      rmSync(root, { recursive: true });
    },
  };
}

/** A manifest with the config `{}` and layers of these texts. */
export function imageOf(...layers: string[]) {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptorOf("{}", mediaTypes.ociConfig),
    layers: layers.map((text) => descriptorOf(text, mediaTypes.ociLayer)),
  };
}

export function descriptorOf(text: string, mediaType: string = mediaTypes.ociManifest) {
  return { mediaType, digest: digestOf(text), size: new TextEncoder().encode(text).length };
}

function requestOf(
  method: string,
  path: string,
  body: Body | undefined,
  headers: Readonly<Record<string, string>>,
): Request {
  return new Request(`http://registry.test${path}`, {
    ...{ method, headers },
    ...(body !== undefined && { body }),
  });
}

async function sent(response: Response): Promise<Sent> {
  const { status, headers } = response;
  const text = await response.text();
  const json = headers.get("content-type")?.includes("json") && text ? JSON.parse(text) : {};
  return { status, headers, text, json, code: json.errors?.[0]?.code };
}
