import { expect } from "bun:test";
import { digestOf, pushBlob, pushImage, pushIndex, putManifest, randomBytes } from "./content.ts";
import { codesOf, jsonOf, type Peer } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

const missing = digestOf("never pushed");

/** Spec, "Content Management". */
export const management: readonly RegistryCase[] = [
  {
    section: "Deleting tags",
    name: "the tag goes, the manifest and its other tags stay",
    async run(peer) {
      const { digest, bytes } = await pushImage(peer, "one");
      await putManifest(peer, "two", bytes);
      expect((await peer.ask("DELETE", "manifests/one")).status).toBe(202);
      await expectManifests(peer, { one: 404, two: 200, [digest]: 200 });
      expect(await tagsOf(peer)).toEqual(["two"]);
    },
  },
  {
    section: "Deleting tags",
    name: "an unknown tag is 404",
    async run(peer) {
      await pushImage(peer, "one");
      const answer = await peer.ask("DELETE", "manifests/two");
      expect([answer.status, ...codesOf(answer)]).toEqual([404, "MANIFEST_UNKNOWN"]);
    },
  },
  {
    section: "Deleting Manifests",
    name: "the manifest goes with all of its tags, at once",
    async run(peer) {
      const { digest, bytes } = await pushImage(peer, "one");
      await putManifest(peer, "two", bytes);
      const other = await pushImage(peer, "other");
      expect((await peer.ask("DELETE", `manifests/${digest}`)).status).toBe(202);
      await expectManifests(peer, { one: 404, two: 404, [digest]: 404, [other.digest]: 200 });
      expect(await tagsOf(peer)).toEqual(["other"]);
      expect((await peer.ask("DELETE", `manifests/${digest}`)).status).toBe(404);
    },
  },
  {
    section: "Deleting Manifests",
    name: "an unknown or invalid digest is refused",
    async run(peer) {
      await pushImage(peer, "one");
      expect((await peer.ask("DELETE", `manifests/${missing}`)).status).toBe(404);
      expect((await peer.ask("DELETE", "manifests/sha256:zz")).status).toBeOneOf([400, 404]);
    },
  },
  {
    section: "Deleting Manifests",
    name: "a deleted manifest can be pushed again",
    async run(peer) {
      const { digest, bytes } = await pushImage(peer, "one");
      await peer.ask("DELETE", `manifests/${digest}`);
      expect((await putManifest(peer, "one", bytes)).status).toBe(201);
      await expectManifests(peer, { one: 200, [digest]: 200 });
    },
  },
  {
    section: "Deleting Manifests",
    name: "an index goes, its images stay; an image goes, the index stays",
    async run(peer) {
      const images = [await pushImage(peer), await pushImage(peer)];
      const [one, two] = images.map(({ digest }) => digest) as [string, string];
      const index = await pushIndex(
        peer,
        images.map(({ descriptor }) => descriptor),
        "all",
      );
      await peer.ask("DELETE", `manifests/${one}`);
      await expectManifests(peer, { all: 200, [one]: 404, [two]: 200 });
      await peer.ask("DELETE", `manifests/${index.digest}`);
      await expectManifests(peer, { all: 404, [two]: 200 });
    },
  },
  {
    section: "Deleting Blobs",
    name: "the blob goes from this repository alone, at once",
    async run(peer) {
      const bytes = randomBytes(100);
      const other = peer.beside(`${peer.repository}-other`);
      const { digest } = await pushBlob(peer, bytes);
      await pushBlob(other, bytes);
      expect((await peer.ask("DELETE", `blobs/${digest}`)).status).toBe(202);
      for (const method of ["GET", "HEAD", "DELETE"])
        expect((await peer.ask(method, `blobs/${digest}`)).status).toBe(404);
      expect((await other.ask("GET", `blobs/${digest}`)).body).toEqual(bytes);
    },
  },
  {
    section: "Deleting Blobs",
    name: "a deleted blob can be pushed again",
    async run(peer) {
      const bytes = randomBytes(100);
      const { digest } = await pushBlob(peer, bytes);
      await peer.ask("DELETE", `blobs/${digest}`);
      await pushBlob(peer, bytes);
      expect((await peer.ask("GET", `blobs/${digest}`)).body).toEqual(bytes);
    },
  },
  {
    section: "Deleting Blobs",
    name: "an unknown or invalid digest is refused",
    async run(peer) {
      const answer = await peer.ask("DELETE", `blobs/${missing}`);
      expect([answer.status, ...codesOf(answer)]).toEqual([404, "BLOB_UNKNOWN"]);
      expect((await peer.ask("DELETE", "blobs/sha256:zz")).status).toBeOneOf([400, 404]);
    },
  },
];

async function expectManifests(peer: Peer, expected: Record<string, number>): Promise<void> {
  for (const [reference, status] of Object.entries(expected))
    expect([reference, (await peer.ask("HEAD", `manifests/${reference}`)).status]).toEqual([
      reference,
      status,
    ]);
}

async function tagsOf(peer: Peer): Promise<string[]> {
  return jsonOf<{ tags: string[] }>(await peer.ask("GET", "tags/list")).tags;
}
