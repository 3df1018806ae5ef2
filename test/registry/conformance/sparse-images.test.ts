import { expect } from "bun:test";
import { startDiskRegistry } from "../disk-registry.ts";
import { digestOf, encode, imageIn, pushBlob, putManifest, textBytes } from "./content.ts";
import { testRegistry } from "./registry-case.ts";
import { sections } from "./sections.ts";

const section = "Pushing Manifests";
const late = textBytes("a layer that comes later");
const absent = { mediaType: "application/x", digest: digestOf(late), size: late.length };

/** What a registry may do that takes manifests before their blobs (the spec leaves it to it). */
const sparse = [
  {
    section,
    name: "an image whose layer is missing is taken; the layer may come later",
    async run(peer) {
      const image = { ...(await imageIn(peer)), layers: [absent] };
      expect((await putManifest(peer, "sparse", image)).status).toBe(201);
      expect((await peer.ask("GET", "manifests/sparse")).body).toEqual(encode(image));
      expect((await peer.ask("GET", `blobs/${absent.digest}`)).status).toBe(404);
      await pushBlob(peer, late);
      expect((await peer.ask("GET", `blobs/${absent.digest}`)).body).toEqual(late);
    },
  },
  {
    section,
    name: "bytes of another digest are refused all the same",
    async run(peer) {
      const answer = await putManifest(peer, digestOf("x"), {
        ...(await imageIn(peer)),
        layers: [absent],
      });
      expect(answer.status).toBe(400);
    },
  },
] satisfies Parameters<typeof testRegistry>[2];

const strict = /missing layer or config|another repository does not count/;

testRegistry(
  "disk and SQLite, blobs may be missing",
  () => startDiskRegistry({ allowMissingBlobs: true }),
  [...sparse, ...sections.filter(({ name }) => !strict.test(name))],
);
