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
  textBytes,
  types,
} from "./content.ts";
import { expectStored } from "./expect-stored.ts";
import { codesOf, jsonOf } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

const section = "Pushing Manifests";
const nowhere = digestOf("a manifest that nobody has");

/** Spec, "Pushing Manifests": what a registry takes, whatever it looks like, and what it must not. */
export const pushManifests: readonly RegistryCase[] = [
  {
    section,
    name: "by digest and by tag",
    async run(peer) {
      const image = await imageIn(peer);
      const digest = digestOf(encode(image));
      for (const reference of [digest, "v1.0_a-b.C"]) {
        const answer = await putManifest(peer, reference, image);
        await expectStored(peer, answer, encode(image), types.manifest, digest);
      }
    },
  },
  {
    section,
    name: "tags of 1 and of 128 characters",
    async run(peer) {
      const image = await imageIn(peer);
      for (const tag of ["a", "_", "9", "x".repeat(128)])
        expect((await putManifest(peer, tag, image)).status).toBe(201);
      for (const tag of ["x".repeat(129), ".a", "-a", "a+b"])
        expect((await putManifest(peer, tag, image)).status).toBeOneOf([400, 404]);
    },
  },
  {
    section,
    name: "an image of sha512",
    async run(peer) {
      const image = await imageIn(peer, {}, "sha512");
      const bytes = encode(image);
      const digest = digestOf(bytes, "sha512");
      await expectStored(
        peer,
        await putManifest(peer, digest, bytes),
        bytes,
        types.manifest,
        digest,
      );
      expect((await peer.ask("GET", `manifests/${digestOf(bytes)}`)).status).toBeOneOf([200, 404]);
    },
  },
  {
    section,
    name: "unusual spacing and unknown fields are kept byte for byte",
    async run(peer) {
      const image = await imageIn(peer, { "org.example": { deep: [1, null, { x: "ü" }] } });
      const bytes = textBytes(`\n ${JSON.stringify(image, null, 7)}\r\n\t`);
      await expectStored(peer, await putManifest(peer, "odd", bytes), bytes);
    },
  },
  {
    section,
    name: "a manifest of 4 MiB",
    async run(peer) {
      const image = await imageIn(peer, { annotations: { filler: "" } });
      const filler = "A".repeat((4 << 20) - encode(image).length);
      const bytes = encode({ ...image, annotations: { filler } });
      expect(bytes.length).toBe(4 << 20);
      await expectStored(peer, await putManifest(peer, "large", bytes), bytes);
    },
  },
  {
    section,
    name: "a manifest larger than the registry takes is 413",
    async run(peer) {
      const image = await imageIn(peer, { annotations: { filler: "A".repeat(4 << 20) } });
      const answer = await putManifest(peer, "larger", image);
      expect(answer.status).toBe(413);
      expect((await peer.ask("HEAD", "manifests/larger")).status).toBe(404);
    },
  },
  {
    section,
    name: "an index over images, and one over indexes",
    async run(peer) {
      const platform = { os: "linux", architecture: "amd64" };
      const parts = [await pushImage(peer), await pushImage(peer)];
      const inner = await pushIndex(
        peer,
        parts.map(({ descriptor }) => ({ ...descriptor, platform })),
      );
      const outer = await pushIndex(peer, [inner.descriptor], "nested");
      await expectStored(peer, outer.answer, outer.bytes, types.index, outer.digest);
    },
  },
  {
    section,
    name: "an empty index",
    async run(peer) {
      const { answer, bytes } = await pushIndex(peer, [], "empty");
      await expectStored(peer, answer, bytes, types.index);
    },
  },
  {
    section,
    name: "a sparse index: its images may be missing",
    async run(peer) {
      const { descriptor } = await pushImage(peer);
      const absent: Descriptor = { mediaType: types.manifest, digest: nowhere, size: 1024 };
      const { answer, bytes } = await pushIndex(peer, [descriptor, absent], "sparse");
      await expectStored(peer, answer, bytes, types.index);
      expect((await peer.ask("GET", `manifests/${nowhere}`)).status).toBe(404);
    },
  },
  {
    section,
    name: "Docker's manifest and list",
    async run(peer) {
      const image = { ...(await imageIn(peer)), mediaType: types.dockerManifest };
      const answer = await putManifest(peer, "docker", image, types.dockerManifest);
      await expectStored(peer, answer, encode(image), types.dockerManifest);
      const part = { digest: digestOf(encode(image)), size: encode(image).length };
      const manifests = [{ mediaType: types.dockerManifest, ...part, platform: { os: "linux" } }];
      const list = { schemaVersion: 2, mediaType: types.dockerList, manifests };
      const listed = await putManifest(peer, "list", list, types.dockerList);
      await expectStored(peer, listed, encode(list), types.dockerList);
    },
  },
  {
    section,
    name: "a manifest without mediaType has the type that it was sent with",
    async run(peer) {
      const { mediaType: _, ...image } = await imageIn(peer);
      await expectStored(peer, await putManifest(peer, "untyped", image), encode(image));
    },
  },
  {
    section,
    name: "a missing layer or config is refused by name, and the tag is not set",
    async run(peer) {
      const image = await imageIn(peer);
      const absent = { ...image.config, digest: digestOf("absent") };
      for (const broken of [
        { ...image, config: absent },
        { ...image, layers: [...image.layers, absent] },
      ]) {
        const answer = await putManifest(peer, "broken", broken);
        expect(answer.status).toBeOneOf([400, 404]);
        expect(codesOf(answer)).toContain("MANIFEST_BLOB_UNKNOWN");
        expect(JSON.stringify(jsonOf(answer))).toContain(absent.digest);
        for (const reference of ["broken", digestOf(encode(broken))])
          expect((await peer.ask("HEAD", `manifests/${reference}`)).status).toBe(404);
      }
    },
  },
  {
    section,
    name: "a blob of another repository does not count",
    async run(peer) {
      const image = await imageIn(peer.beside(`${peer.repository}-other`));
      const answer = await putManifest(peer, "stolen", image);
      expect(codesOf(answer)).toContain("MANIFEST_BLOB_UNKNOWN");
    },
  },
  {
    section,
    name: "bytes of another digest are refused",
    async run(peer) {
      const bytes = encode(await imageIn(peer));
      for (const digest of [nowhere, digestOf("x", "sha512")]) {
        const answer = await putManifest(peer, digest, bytes);
        expect([answer.status, ...codesOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
        expect((await peer.ask("HEAD", `manifests/${digest}`)).status).toBe(404);
      }
      expect((await putManifest(peer, "sha256:bad", bytes)).status).toBe(400);
    },
  },
  {
    section,
    name: "what is no manifest is refused",
    async run(peer) {
      const image = await imageIn(peer);
      const broken = [
        textBytes("not json"),
        textBytes(""),
        textBytes("[]"),
        textBytes("null"),
        textBytes(`${JSON.stringify(image)} trailing`),
        encode({ ...image, schemaVersion: 1 }),
        encode({ ...image, layers: "none" }),
        encode({ ...image, layers: [{ ...image.config, digest: "sha256:../../etc/passwd" }] }),
        encode({ ...image, config: { ...image.config, digest: 5 } }),
        encode({ ...image, mediaType: types.index }),
        new Uint8Array([0xff, 0xfe, 0x7b, 0x7d]),
      ];
      for (const bytes of broken) {
        const answer = await putManifest(peer, "broken", bytes);
        expect([answer.status, codesOf(answer)[0]]).toEqual([400, "MANIFEST_INVALID"]);
      }
      expect((await peer.ask("HEAD", "manifests/broken")).status).toBe(404);
    },
  },
  {
    section: "Pushing Manifests with Subject",
    name: "OCI-Subject says that the subject was understood, also before it is there",
    async run(peer) {
      const { descriptor } = await pushImage(peer);
      const absent = { mediaType: types.manifest, digest: nowhere, size: 9 };
      for (const subject of [descriptor, absent]) {
        const { answer } = await pushArtifact(peer, { subject });
        expect(answer.headers.get("oci-subject")).toBe(subject.digest);
        const index = await pushIndex(peer, [], undefined, { subject });
        expect(index.answer.headers.get("oci-subject")).toBe(subject.digest);
      }
      const { answer } = await pushArtifact(peer);
      expect(answer.headers.has("oci-subject")).toBe(false);
    },
  },
  {
    section: "Pushing Manifests",
    name: "tags beside a digest (tag parameters, after 1.1)",
    async run(peer) {
      const image = await imageIn(peer);
      const bytes = encode(image);
      for (const algorithm of ["sha256", "sha512"] as const) {
        const reference = `${digestOf(bytes, algorithm)}?tag=${algorithm}-a&tag=${algorithm}-b`;
        const answer = await putManifest(peer, reference, bytes);
        expect(answer.status).toBe(201);
        const tags = answer.headers
          .get("oci-tag")
          ?.split(",")
          .map((tag) => tag.trim());
        expect(tags?.toSorted()).toEqual([`${algorithm}-a`, `${algorithm}-b`]);
        const tagged = await peer.ask("GET", `manifests/${algorithm}-b`);
        expect(tagged.headers.get("docker-content-digest")).toBe(digestOf(bytes, algorithm));
      }
    },
  },
];
