import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Digest, digestOf, mediaTypes } from "#oci";
import { answerBlob, answerUpload } from "./fake-blobs.ts";
import { type FakeContent, type FakeRequest, refuse, type Script } from "./fake-exchange.ts";
import { answerList, answerManifest } from "./fake-manifests.ts";

export { bodyOf, type FakeRequest, refuse, type Script } from "./fake-exchange.ts";

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

/** PEM texts; with `ca`, clients need a certificate by it. */
export interface FakeTls {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** With `tls` it speaks https. */
export async function startFakeRegistry(
  script: Script = () => false,
  tls?: FakeTls,
): Promise<FakeRegistry> {
  const requests: string[] = [];
  const server = await createHttpServer(tls);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const registry: FakeRegistry = {
    ...createContent(),
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on("request", (incoming: IncomingMessage, response: ServerResponse) => {
    const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host}`);
    const request = { method: incoming.method ?? "", url, headers: incoming.headers, incoming };
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    answer(registry, request, response).catch(() => response.destroy());
  });
  return registry;
}

async function createHttpServer(tls: FakeTls | undefined): Promise<Server> {
  if (tls === undefined) return createServer();
  const { createServer: createTlsServer } = await import("node:https");
  return createTlsServer({ ...tls, requestCert: tls.ca !== undefined }) as unknown as Server;
}

function createContent(): FakeContent & Pick<FakeRegistry, "addBlob" | "addManifest"> {
  const content: FakeContent = { blobs: new Map(), manifests: new Map(), uploads: new Map() };
  return {
    ...content,
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
  };
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
