import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Digest, digestOf, mediaTypes } from "#oci";
import { answerBlob, answerUpload, type Uploads } from "./fake-blobs.ts";
import { answerList, answerManifest } from "./fake-manifests.ts";

/** What a fake registry holds; tests may fill and change it. */
export interface FakeContent {
  readonly blobs: Map<string, Uint8Array>;
  /** By `repository:tag` and `repository@digest`. */
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>;
  readonly uploads: Uploads;
}

export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly incoming: IncomingMessage;
}

/** Answers in the registry's place; false: the registry answers. */
export type Script = (request: FakeRequest, response: ServerResponse) => boolean | Promise<boolean>;

/** A registry on loopback that does as a script says, and else as a registry in memory. */
export interface FakeRegistry extends FakeContent, AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** `GET /v2/…`, in the order they came. */
  readonly requests: readonly string[];
  /** Put in place of the one before. */
  script: Script;
  addBlob(bytes: Uint8Array): Digest;
  addManifest(name: string, content: object, mediaType?: string): Digest;
}

/** With `tls` (PEM texts) it speaks https. */
export async function startFakeRegistry(
  script: Script = () => false,
  tls?: { readonly cert: string; readonly key: string; readonly ca?: string },
): Promise<FakeRegistry> {
  const requests: string[] = [];
  const content = { blobs: new Map(), manifests: new Map(), uploads: new Map() };
  const server =
    tls === undefined
      ? createServer()
      : ((await import("node:https")).createServer({
          ...tls,
          requestCert: tls.ca !== undefined,
        }) as unknown as Server);
  server.on("request", (incoming: IncomingMessage, response: ServerResponse) => {
    const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host}`);
    const request = { method: incoming.method ?? "", url, headers: incoming.headers, incoming };
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    answer(registry, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry: FakeRegistry = {
    ...content,
    host,
    requests,
    script,
    addBlob(bytes) {
      const digest = digestOf(bytes);
      content.blobs.set(digest, bytes);
      return digest;
    },
    addManifest(name, manifest, mediaType = mediaTypes.ociManifest) {
      const bytes = Buffer.from(JSON.stringify(manifest));
      const digest = digestOf(bytes);
      const repository = name.replace(/[:@].*$/, "");
      for (const key of [name, `${repository}@${digest}`])
        content.manifests.set(key, { mediaType, bytes });
      return digest;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return registry;
}

async function answer(
  registry: FakeRegistry,
  request: FakeRequest,
  response: ServerResponse,
): Promise<void> {
  if (await registry.script(request, response)) return;
  const path = request.url.pathname.replace(/^\/v2\//, "");
  if (path === "") return void response.end("{}");
  const [, repository = "", kind, rest = ""] =
    /^(.+?)\/(manifests|blobs\/uploads|blobs|tags|referrers)\/(.*)$/.exec(path) ?? [];
  if (kind === "manifests")
    return await answerManifest(registry, { repository, reference: rest }, request, response);
  if (kind === "blobs/uploads")
    return await answerUpload(registry, { repository, id: rest }, request, response);
  if (kind === "blobs") return answerBlob(registry, rest, request, response);
  if (kind === "tags" || path === "_catalog")
    return answerList(registry, repository, request, response);
  refuse(response, 404, "NOT_FOUND");
}

/** The spec's error body. */
export function refuse(response: ServerResponse, status: number, code: string, message = ""): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(
    JSON.stringify({
      errors: [{ code, message: message || code.toLowerCase().replaceAll("_", " ") }],
    }),
  );
}

/** The whole body of a request. */
export async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
