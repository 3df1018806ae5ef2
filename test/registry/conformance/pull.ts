import { expect } from "bun:test";
import {
  digestOf,
  encode,
  imageIn,
  pushBlob,
  pushImage,
  putManifest,
  randomBytes,
  types,
} from "./content.ts";
import { codesOf } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

const missing = digestOf("nobody has pushed this");

/** Spec, "Determining Support" and "Pull". */
export const pull: readonly RegistryCase[] = [
  {
    section: "Determining Support",
    name: "GET /v2/ says that this is a registry",
    async run(peer) {
      const answer = await peer.ask("GET", "/v2/");
      expect(answer.status).toBe(200);
      expect(answer.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
    },
  },
  {
    section: "Pulling manifests",
    name: "by tag and by digest: the very bytes, their type, length and digest",
    async run(peer) {
      const { digest, bytes } = await pushImage(peer, "latest");
      for (const reference of ["latest", digest]) {
        const answer = await peer.ask("GET", `manifests/${reference}`);
        expect(answer.status).toBe(200);
        expect(answer.body).toEqual(bytes);
        expect(answer.headers.get("content-type")).toBe(types.manifest);
        expect(answer.headers.get("content-length")).toBe(String(bytes.length));
        expect(answer.headers.get("docker-content-digest")).toBe(digest);
      }
    },
  },
  {
    section: "Pulling manifests",
    name: "an Accept header that names other types does not change the bytes",
    async run(peer) {
      const { bytes } = await pushImage(peer, "one");
      const headers = { Accept: `${types.dockerManifest}, ${types.manifest};q=0.5` };
      const answer = await peer.ask("GET", "manifests/one", { headers });
      expect([answer.status, answer.body]).toEqual([200, bytes]);
    },
  },
  {
    section: "Pulling manifests",
    name: "404 for an unknown tag, digest and repository",
    async run(peer) {
      for (const reference of ["absent", missing]) {
        const before = await peer.ask("GET", `manifests/${reference}`);
        expect(before.status).toBe(404);
        expect(codesOf(before)[0]).toBeOneOf(["MANIFEST_UNKNOWN", "NAME_UNKNOWN"]);
      }
      await pushImage(peer, "present");
      for (const reference of ["absent", missing]) {
        const answer = await peer.ask("GET", `manifests/${reference}`);
        expect([answer.status, ...codesOf(answer)]).toEqual([404, "MANIFEST_UNKNOWN"]);
      }
    },
  },
  {
    section: "Pulling manifests",
    name: "what is no digest and no tag is refused",
    async run(peer) {
      for (const reference of ["sha256:short", `sha256:${"G".repeat(64)}`, ".dot", "a".repeat(129)])
        expect((await peer.ask("GET", `manifests/${reference}`)).status).toBeOneOf([400, 404]);
    },
  },
  {
    section: "Pulling blobs",
    name: "the bytes with length and digest",
    async run(peer) {
      for (const size of [0, 1, 4096, 100_000, 5_000_000]) {
        const bytes = randomBytes(size);
        const { digest } = await pushBlob(peer, bytes);
        const answer = await peer.ask("GET", `blobs/${digest}`);
        expect(answer.status).toBe(200);
        expect(answer.headers.get("docker-content-digest")).toBe(digest);
        expect(answer.body.length).toBe(size);
        expect(digestOf(answer.body)).toBe(digest);
        // What comes from far away may be sent in HTTP's chunked coding.
        if (size <= 4096 || !answer.headers.has("transfer-encoding"))
          expect(answer.headers.get("content-length")).toBe(String(size));
      }
    },
  },
  {
    section: "Pulling blobs",
    name: "404 for an unknown blob, also when another repository has it",
    async run(peer) {
      const { digest } = await pushBlob(peer.beside(`${peer.repository}-other`), randomBytes(10));
      for (const blob of [digest, missing])
        expect((await peer.ask("GET", `blobs/${blob}`)).status).toBe(404);
      expect(codesOf(await peer.ask("GET", `blobs/${missing}`))).toEqual(["BLOB_UNKNOWN"]);
    },
  },
  {
    section: "Pulling blobs",
    name: "an invalid digest is refused",
    async run(peer) {
      for (const digest of ["sha256:1", "md5:d41d8cd98f00b204e9800998ecf8427e", "latest"])
        expect((await peer.ask("GET", `blobs/${digest}`)).status).toBeOneOf([400, 404]);
    },
  },
  ...ranges(),
  {
    section: "Checking if content exists in the registry",
    name: "HEAD of a blob: length and digest, no body",
    async run(peer) {
      const { digest } = await pushBlob(peer, randomBytes(321));
      const answer = await peer.ask("HEAD", `blobs/${digest}`);
      expect([answer.status, answer.body.length]).toEqual([200, 0]);
      expect(answer.headers.get("content-length")).toBe("321");
      expect(answer.headers.get("docker-content-digest")).toBe(digest);
      expect((await peer.ask("HEAD", `blobs/${missing}`)).status).toBe(404);
    },
  },
  {
    section: "Checking if content exists in the registry",
    name: "HEAD of a manifest: type, length and digest, no body",
    async run(peer) {
      const { digest, bytes } = await pushImage(peer, "seen");
      for (const reference of ["seen", digest]) {
        const answer = await peer.ask("HEAD", `manifests/${reference}`);
        expect([answer.status, answer.body.length]).toEqual([200, 0]);
        expect(answer.headers.get("content-type")).toBe(types.manifest);
        expect(answer.headers.get("content-length")).toBe(String(bytes.length));
        expect(answer.headers.get("docker-content-digest")).toBe(digest);
      }
      expect((await peer.ask("HEAD", "manifests/unseen")).status).toBe(404);
      expect((await peer.ask("HEAD", `manifests/${missing}`)).status).toBe(404);
    },
  },
  {
    section: "Pulling manifests",
    name: "a tag that is pushed again names the new manifest, the old one stays",
    async run(peer) {
      const first = await pushImage(peer, "moving");
      const second = await pushImage(peer, "moving");
      const answer = await peer.ask("GET", "manifests/moving");
      expect(answer.body).toEqual(second.bytes);
      expect((await peer.ask("GET", `manifests/${first.digest}`)).body).toEqual(first.bytes);
    },
  },
  {
    section: "Pulling manifests",
    name: "a manifest is not a blob, a blob not a manifest",
    async run(peer) {
      const image = await imageIn(peer);
      await putManifest(peer, "kind", image);
      const digest = digestOf(encode(image));
      expect((await peer.ask("GET", `manifests/${image.config.digest}`)).status).toBe(404);
      expect((await peer.ask("GET", `blobs/${digest}`)).status).toBeOneOf([200, 404]);
    },
  },
];

/** Spec, "Pulling blobs": "A registry SHOULD support the Range request header" (RFC 9110, 14). */
function ranges(): readonly RegistryCase[] {
  const asked = [
    { range: "bytes=0-0", first: 0, last: 0 },
    { range: "bytes=500-1499", first: 500, last: 1499 },
    { range: "bytes=500-", first: 500, last: 2047 },
    { range: "bytes=-500", first: 1548, last: 2047 },
    { range: "bytes=-5000", first: 0, last: 2047 },
    { range: "bytes=2000-5000", first: 2000, last: 2047 },
  ];
  const parts = asked.map(({ range, first, last }) => ({
    section: "Pulling blobs",
    name: `Range: ${range}`,
    async run(peer: Parameters<RegistryCase["run"]>[0]) {
      const bytes = randomBytes(2048);
      const { digest } = await pushBlob(peer, bytes);
      const answer = await peer.ask("GET", `blobs/${digest}`, { headers: { Range: range } });
      expect(answer.status).toBe(206);
      expect(answer.headers.get("content-range")).toBe(`bytes ${first}-${last}/2048`);
      expect(answer.headers.get("content-length")).toBe(String(last - first + 1));
      expect(answer.body).toEqual(bytes.slice(first, last + 1));
    },
  }));
  const unsatisfiable = ["bytes=5000-10000", "bytes=2048-", "bytes=500-0"].map((range) => ({
    section: "Pulling blobs",
    name: `Range: ${range} cannot be satisfied`,
    async run(peer: Parameters<RegistryCase["run"]>[0]) {
      const { digest } = await pushBlob(peer, randomBytes(2048));
      const answer = await peer.ask("GET", `blobs/${digest}`, { headers: { Range: range } });
      expect(answer.status).toBe(416);
    },
  }));
  return [...parts, ...unsatisfiable];
}
