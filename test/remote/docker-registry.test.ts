// The client against Debian's docker-registry. Needs docker-registry.
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect } from "../../src/bytes/index.ts";
import { type Digest, digestOf, mediaTypes } from "../../src/oci/index.ts";
import {
  type BlobSource,
  type Credential,
  createRemote,
  openRegistriesConfig,
  type RegistriesConfigOptions,
  type Remote,
} from "../../src/remote/index.ts";
import {
  AUTHORITY,
  SERVER_CERTIFICATE,
  SERVER_KEY,
} from "../../src/remote/testing/certificates.ts";

interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly home: string;
}

/** `more` goes on in the `http` section of its configuration; `HOME` in it is its directory. */
async function startDockerRegistry(more = ""): Promise<DockerRegistry> {
  const home = mkdtempSync(join(tmpdir(), "shale-docker-registry-"));
  const port = await freePort();
  writeFileSync(join(home, "server.crt"), SERVER_CERTIFICATE);
  writeFileSync(join(home, "server.key"), SERVER_KEY);
  const hash = await Bun.password.hash("s3cret", { algorithm: "bcrypt", cost: 4 });
  writeFileSync(join(home, "htpasswd"), `me:${hash}\n`);
  const config = `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${home}/data}, delete: {enabled: true}}
http:
  addr: 127.0.0.1:${port}
${more.replaceAll("HOME", home)}`;
  writeFileSync(join(home, "config.yml"), config);
  const log = Bun.file(join(home, "log"));
  const server = Bun.spawn(["docker-registry", "serve", join(home, "config.yml")], {
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  await listening(port, join(home, "log"));
  return {
    host: `127.0.0.1:${port}`,
    home,
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.exited;
      rmSync(home, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, log: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).catch(
      () => undefined,
    );
    if (socket) return void socket.end();
    await Bun.sleep(50);
  }
  throw new Error(`docker-registry did not start:\n${await Bun.file(log).text()}`);
}

function remoteOf(credential?: Credential, config: Partial<RegistriesConfigOptions> = {}): Remote {
  return createRemote({
    registries: openRegistriesConfig({ files: [], certificateDirectories: [], ...config }),
    credentials: { find: async () => credential },
  });
}

function sourceOf(bytes: Uint8Array, isKnown = true): BlobSource {
  const result = { digest: digestOf(bytes), size: bytes.length };
  return {
    ...(isKnown && result),
    async *open(offset) {
      for (let at = offset; at < bytes.length; at += 300_000)
        yield bytes.subarray(at, at + 300_000);
    },
    result: () => result,
  };
}

const layer = Buffer.alloc(20 << 20);
for (let i = 0; i < layer.length; i += 4) layer.writeUInt32LE((i * 2654435761) >>> 0, i);
const config = Buffer.from('{"architecture":"amd64","os":"linux"}');
const descriptors = [config, layer].map((bytes) => ({
  digest: digestOf(bytes),
  size: bytes.length,
}));
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, ...descriptors[0] },
    layers: [{ mediaType: mediaTypes.ociLayer, ...descriptors[1] }],
  }),
);

/** Pushes an image and reads it again. */
async function roundTrip(remote: Remote, registry: string): Promise<void> {
  const repository = remote.repository({ registry, repository: "me/app" });
  expect((await repository.pushBlob(sourceOf(config))).how).toBe("pushed");
  expect((await repository.pushBlob(sourceOf(layer, false))).how).toBe("pushed");
  expect((await repository.pushBlob(sourceOf(layer))).how).toBe("exists");
  const content = { mediaType: mediaTypes.ociManifest, bytes: manifest };
  const digest = await repository.pushManifest("one", content);
  const descriptor = await repository.resolve("one");
  expect(descriptor).toEqual({ mediaType: mediaTypes.ociManifest, digest, size: manifest.length });
  expect(Buffer.from((await repository.manifest(digest)).bytes).equals(manifest)).toBe(true);
  for (const offset of [0, 7_000_000])
    expect(
      await blobDigest(repository.blob({ mediaType: "", ...descriptors[1]! }, { offset })),
    ).toBe(digestOf(layer.subarray(offset)));
}

async function blobDigest(bytes: AsyncIterable<Uint8Array>): Promise<Digest> {
  return digestOf(await collect(bytes, 100 << 20));
}

test("plain http: push, pull, mount, lists, delete", async () => {
  await using registry = await startDockerRegistry();
  const remote = remoteOf();
  await roundTrip(remote, registry.host);
  const other = remote.repository({ registry: registry.host, repository: "you/copy" });
  const mounted = await other.pushBlob(sourceOf(layer), { mountFrom: ["no/where", "me/app"] });
  expect(mounted).toMatchObject({ how: "mounted", from: "me/app" });
  const repository = remote.repository({ registry: registry.host, repository: "me/app" });
  for (const tag of ["two", "three"])
    await repository.pushManifest(tag, { mediaType: mediaTypes.ociManifest, bytes: manifest });
  expect((await Array.fromAsync(repository.tags())).sort()).toEqual(["one", "three", "two"]);
  expect(await Array.fromAsync(remote.catalog(registry.host))).toEqual(["me/app", "you/copy"]);
  expect(await remote.search(registry.host, "copy")).toMatchObject([{ name: "you/copy" }]);
  expect(await repository.referrers(digestOf(manifest))).toEqual([]);
  await repository.deleteManifest(digestOf(manifest));
  await expect(repository.resolve("one")).rejects.toMatchObject({
    kind: "not-found",
    message: `manifest for ${registry.host}/me/app:one not found: manifest unknown: manifest unknown`,
  });
});

const users = "auth: {htpasswd: {realm: test, path: HOME/htpasswd}}";
const password = { kind: "password", username: "me", password: "s3cret" } as const;

test("htpasswd: with the password, with a wrong one, without", async () => {
  await using registry = await startDockerRegistry(users);
  const remote = remoteOf(password);
  expect(await remote.login(registry.host, password)).toEqual({});
  await roundTrip(remote, registry.host);
  const wrong = { ...password, password: "wr0ng" };
  const failure = await remote.login(registry.host, wrong).catch((error: Error) => error);
  expect(failure).toMatchObject({ kind: "unauthenticated" });
  expect((failure as Error).message).not.toContain("wr0ng");
  const nobody = remoteOf().repository({ registry: registry.host, repository: "me/app" });
  await expect(nobody.manifest("one")).rejects.toThrow("pull access denied for");
  await expect(nobody.pushBlob(sourceOf(config))).rejects.toThrow(
    "denied: requested access to the resource is denied",
  );
});

test("TLS: by an authority of its own in certs.d, refused without", async () => {
  await using registry = await startDockerRegistry(
    `  tls: {certificate: HOME/server.crt, key: HOME/server.key}\n${users}`,
  );
  const certificates = join(registry.home, "certs.d");
  mkdirSync(join(certificates, registry.host), { recursive: true });
  writeFileSync(join(certificates, registry.host, "ca.crt"), AUTHORITY);
  const strict = (more: Partial<RegistriesConfigOptions>) => {
    const { access } = openRegistriesConfig({ files: [], certificateDirectories: [], ...more });
    return createRemote({
      registries: {
        async access(name) {
          const { endpoints, blocked } = await access(name);
          return { endpoints: endpoints.map((one) => ({ ...one, insecure: false })), blocked };
        },
      },
      credentials: { find: async () => password },
    });
  };
  await roundTrip(strict({ certificateDirectories: [certificates] }), registry.host);
  const untrusting = strict({}).repository({ registry: registry.host, repository: "me/app" });
  await expect(untrusting.resolve("one")).rejects.toMatchObject({
    kind: "unavailable",
    message: expect.stringContaining("certificate signed by unknown authority"),
  });
  // What loops back is insecure: https without a look at the certificate.
  const insecure = remoteOf(password).repository({ registry: registry.host, repository: "me/app" });
  expect((await insecure.resolve("one")).digest).toBe(digestOf(manifest));
});

test("a mirror before it, and its name rewritten", async () => {
  await using registry = await startDockerRegistry();
  await roundTrip(remoteOf(), registry.host);
  const file = join(registry.home, "registries.conf");
  const text = `[[registry]]
prefix = "example.com/team"
location = "${registry.host}/me"
[[registry.mirror]]
location = "127.0.0.1:1"
insecure = true
`;
  writeFileSync(file, text);
  const notices: unknown[] = [];
  const remote = createRemote({
    registries: openRegistriesConfig({ files: [file], certificateDirectories: [] }),
    credentials: { find: async () => undefined },
    onNotice: (notice) => notices.push(notice),
  });
  const repository = remote.repository({ registry: "example.com", repository: "team/app" });
  expect((await repository.resolve("one")).digest).toBe(digestOf(manifest));
  expect(notices).toMatchObject([{ kind: "mirror-failed", mirror: "127.0.0.1:1" }]);
});
