import { expect } from "bun:test";
import {
  type Descriptor,
  digestOf,
  encode,
  imageIn,
  pushArtifact,
  pushImage,
  pushIndex,
  putManifest,
  types,
} from "./content.ts";
import { jsonOf, type Peer } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

const section = "Listing Referrers";
const signature = "application/vnd.example.signature.v1";
const bill = "application/vnd.example.bill.v1+json";

/** Spec, "Listing Referrers" and "Referrers Tag Schema". */
export const referrers: readonly RegistryCase[] = [
  {
    section,
    name: "none: an empty index, for manifests that are there and that are not",
    async run(peer) {
      const { digest } = await pushImage(peer);
      for (const subject of [digest, digestOf("no such manifest"), digestOf("none", "sha512")])
        expect(await referrersOf(peer, subject)).toEqual([]);
    },
  },
  {
    section,
    name: "a descriptor of each, with type, size, artifact type and annotations",
    async run(peer) {
      const subject = (await pushImage(peer)).descriptor;
      const annotations = { "org.example.note": "hello" };
      const one = await pushArtifact(peer, { subject, artifactType: signature, annotations });
      const two = await pushImage(peer, "tagged", { subject });
      const three = await pushIndex(peer, [], "index", { subject, artifactType: bill });
      expect(await referrersOf(peer, subject.digest)).toEqual(
        byDigest([
          { ...one.descriptor, artifactType: signature, annotations },
          { ...two.descriptor, artifactType: types.config },
          { ...three.descriptor, artifactType: bill },
        ]),
      );
    },
  },
  {
    section,
    name: "an index without artifactType has none",
    async run(peer) {
      const subject = (await pushImage(peer)).descriptor;
      const { descriptor } = await pushIndex(peer, [], undefined, { subject });
      expect(await referrersOf(peer, subject.digest)).toEqual([descriptor]);
    },
  },
  {
    section,
    name: "filtered by artifactType, and the answer says so",
    async run(peer) {
      const subject = (await pushImage(peer)).descriptor;
      const one = await pushArtifact(peer, { subject, artifactType: signature });
      const two = await pushArtifact(peer, { subject, artifactType: bill });
      for (const [type, { descriptor }] of [
        [signature, one],
        [bill, two],
      ] as const) {
        const answer = await peer.ask(
          "GET",
          `referrers/${subject.digest}?artifactType=${encodeURIComponent(type)}`,
        );
        expect(answer.headers.get("oci-filters-applied")).toBe("artifactType");
        const listed = jsonOf<{ manifests: Descriptor[] }>(answer).manifests;
        expect(listed).toEqual([{ ...descriptor, artifactType: type }]);
      }
      const none = await peer.ask("GET", `referrers/${subject.digest}?artifactType=text/none`);
      expect(jsonOf<{ manifests: unknown[] }>(none).manifests).toEqual([]);
    },
  },
  {
    section,
    name: "of a subject that comes later, and of one that never comes",
    async run(peer) {
      const image = await imageIn(peer);
      const later = {
        mediaType: types.manifest,
        digest: digestOf(encode(image)),
        size: encode(image).length,
      };
      const { digest } = await pushArtifact(peer, { subject: later });
      const listed = async () => (await referrersOf(peer, later.digest)).map((one) => one.digest);
      expect(await listed()).toEqual([digest]);
      await putManifest(peer, "later", image);
      expect(await listed()).toEqual([digest]);
      await peer.ask("DELETE", `manifests/${later.digest}`);
      expect(await listed()).toEqual([digest]);
    },
  },
  {
    section,
    name: "a referrer that is deleted is not listed",
    async run(peer) {
      const subject = (await pushImage(peer)).descriptor;
      const gone = await pushArtifact(peer, { subject, artifactType: signature });
      const stays = await pushArtifact(peer, { subject, artifactType: bill });
      expect((await peer.ask("DELETE", `manifests/${gone.digest}`)).status).toBe(202);
      const left = await referrersOf(peer, subject.digest);
      expect(left.map(({ digest }) => digest)).toEqual([stays.digest]);
    },
  },
  {
    section,
    name: "pushed twice, listed once; each repository has its own",
    async run(peer) {
      const subject = (await pushImage(peer)).descriptor;
      await pushArtifact(peer, { subject });
      await pushArtifact(peer, { subject }, "again");
      expect((await referrersOf(peer, subject.digest)).length).toBe(1);
      const other = peer.beside(`${peer.repository}-other`);
      await pushImage(other);
      expect(await referrersOf(other, subject.digest)).toEqual([]);
    },
  },
  {
    section,
    name: "a digest that is none is 400",
    async run(peer) {
      await pushImage(peer);
      for (const digest of ["latest", "sha256:1", "sha256"])
        expect((await peer.ask("GET", `referrers/${digest}`)).status).toBeOneOf([400, 404]);
    },
  },
  {
    section: "Referrers Tag Schema",
    name: "what older clients noted under the fallback tag is listed too",
    async run(peer) {
      const subject = (await pushImage(peer)).descriptor;
      const old = { ...(await pushArtifact(peer)).descriptor, artifactType: signature };
      await pushIndex(peer, [old], subject.digest.replace(":", "-"));
      const own = await pushArtifact(peer, { subject, artifactType: bill });
      expect(await referrersOf(peer, subject.digest)).toEqual(
        byDigest([old, { ...own.descriptor, artifactType: bill }]),
      );
    },
  },
];

function byDigest(list: readonly Descriptor[]): readonly Descriptor[] {
  return list.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

async function referrersOf(peer: Peer, digest: string): Promise<readonly Descriptor[]> {
  const answer = await peer.ask("GET", `referrers/${digest}`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, types.index]);
  const index = jsonOf<{ schemaVersion: number; mediaType: string; manifests: Descriptor[] }>(
    answer,
  );
  expect([index.schemaVersion, index.mediaType]).toEqual([2, types.index]);
  return byDigest(index.manifests);
}
