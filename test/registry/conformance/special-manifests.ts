import {
  digestOf,
  encode,
  imageIn,
  pushBlob,
  putManifest,
  randomBytes,
  textBytes,
  types,
} from "./content.ts";
import { expectStored } from "./expect-stored.ts";
import type { Peer } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

/** Manifests that a registry without imagination may stumble over. */
export function specialManifests(): readonly RegistryCase[] {
  const custom = "application/vnd.example.thing.v1";
  const made: Record<string, (peer: Peer) => Promise<object>> = {
    "an image without layers": (peer) => imageIn(peer, { layers: [] }),
    "an artifact of an unknown type": async (peer) => ({
      ...(await imageIn(peer)),
      artifactType: custom,
      config: await pushBlob(peer, encode({}), { mediaType: types.empty }),
      layers: [await pushBlob(peer, randomBytes(50), { mediaType: custom })],
    }),
    "an artifact whose config is its own": async (peer) => ({
      ...(await imageIn(peer)),
      config: await pushBlob(peer, textBytes("config: yaml"), { mediaType: `${custom}+yaml` }),
    }),
    "a layer with its data in the descriptor": async (peer) => {
      const image = await imageIn(peer);
      const contents = encode({ data: true });
      const layer = await pushBlob(peer, contents, { mediaType: types.layer });
      return { ...image, layers: [{ ...layer, data: Buffer.from(contents).toBase64() }] };
    },
    "layers that may not be distributed": async (peer) => {
      const image = await imageIn(peer);
      const foreign = {
        mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        digest: digestOf("a layer that lives elsewhere"),
        size: 123_456,
        urls: ["https://store.example.com/layer"],
      };
      return { ...image, layers: [foreign, ...image.layers] };
    },
    "a layer that is there twice": async (peer) => {
      const image = await imageIn(peer);
      return { ...image, layers: [...image.layers, ...image.layers] };
    },
    "annotations on everything": async (peer) => {
      const image = await imageIn(peer, { annotations: { "": "", "org.example/ü": "\u0000" } });
      return { ...image, config: { ...image.config, annotations: { a: "b" } } };
    },
  };
  return Object.entries(made).map(([name, make]) => ({
    section: "Pushing Manifests",
    name,
    async run(peer) {
      const manifest = await make(peer);
      await expectStored(peer, await putManifest(peer, "special", manifest), encode(manifest));
    },
  }));
}
