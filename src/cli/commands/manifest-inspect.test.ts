import { expect, test } from "bun:test";
import { chunksOf } from "#bytes";
import { fail } from "#errors";
import { type Descriptor, type Digest, digestOf, mediaTypes } from "#oci";
import type { Remote, RemoteManifest, Repository } from "#remote";
import { runCommand } from "../testing/run-command.ts";
import manifestInspect from "./manifest-inspect.ts";

const CONFIG = Buffer.from('{"os":"linux","architecture":"arm64","variant":"v8","config":{}}');
const MANIFEST = document(mediaTypes.ociManifest, {
  schemaVersion: 2,
  config: { mediaType: mediaTypes.ociConfig, digest: digestOf(CONFIG), size: CONFIG.length },
  layers: [],
});
const INDEX = document(mediaTypes.ociIndex, {
  schemaVersion: 2,
  manifests: [{ ...MANIFEST.descriptor, platform: { os: "linux", architecture: "arm64" } }],
  annotations: { a: "b" },
});

function document(mediaType: string, value: object): RemoteManifest {
  const bytes = Buffer.from(JSON.stringify(value));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** A registry that has these, by tag or digest. */
function inspect(has: Record<string, RemoteManifest>, config: Uint8Array, ...args: string[]) {
  const byDigest = Object.values(has).map((one) => [one.descriptor.digest, one] as const);
  const all = new Map<string, RemoteManifest>([...Object.entries(has), ...byDigest]);
  const repository: Partial<Repository> = {
    manifest: async (name) => all.get(name) ?? fail("not-found", "manifest unknown"),
    blob: (_: Descriptor) => chunksOf(config),
    async *tags() {
      yield* Object.keys(has);
    },
  };
  const remote: Partial<Remote> = {
    repository: () => repository as Repository,
    async *catalog() {},
  };
  return runCommand(manifestInspect, args, { remote });
}

test("a manifest, indented by tabs", async () => {
  const text = JSON.stringify(JSON.parse(MANIFEST.bytes.toString()), null, "\t");
  expect(await inspect({ latest: MANIFEST }, CONFIG, "r.io/app")).toEqual({
    code: 0,
    stdout: `${text}\n`,
    stderr: "",
  });
});

test("an index with all that it says, indented by three spaces", async () => {
  const { stdout } = await inspect({ "1": INDEX }, CONFIG, "r.io/app:1");
  expect(stdout).toBe(`${JSON.stringify(JSON.parse(INDEX.bytes.toString()), null, 3)}\n`);
});

test("-v adds descriptor and platform", async () => {
  const { stdout } = await inspect({ "1": MANIFEST }, CONFIG, "-v", "r.io/app:1");
  expect(stdout).toStartWith('{\n\t"Ref": "r.io/app:1",\n\t"Descriptor": {\n\t\t"mediaType": ');
  expect(JSON.parse(stdout)).toEqual({
    Ref: "r.io/app:1",
    Descriptor: {
      ...MANIFEST.descriptor,
      platform: { architecture: "arm64", os: "linux", variant: "v8" },
    },
    Raw: Buffer.from(MANIFEST.bytes).toString("base64"),
    OCIManifest: JSON.parse(MANIFEST.bytes.toString()),
  });
});

test("-v of an index is an array of what it names", async () => {
  const has = { "1": INDEX, child: MANIFEST };
  const { stdout } = await inspect(has, CONFIG, "-v", "r.io/app:1");
  const entries = JSON.parse(stdout);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({
    Ref: `r.io/app:1@${MANIFEST.descriptor.digest}`,
    Descriptor: { platform: { os: "linux", architecture: "arm64" } },
  });
});

test("what is not there is named as docker names it", async () => {
  expect(await inspect({ latest: MANIFEST }, CONFIG, "app:lates")).toEqual({
    code: 1,
    stdout: "",
    stderr: "no such manifest: docker.io/library/app:lates (did you mean app:latest?)\n",
  });
});

test("nothing is believed that was not checked", async () => {
  const damaged = await inspect({ "1": MANIFEST }, Buffer.from("{}"), "-v", "r.io/app:1");
  expect(damaged.stderr).toBe(
    `Error: the config ${digestOf(CONFIG)} came damaged from the registry\n`,
  );
  const digest = "../../../_catalog" as Digest;
  const evil = document(mediaTypes.ociIndex, { manifests: [{ ...MANIFEST.descriptor, digest }] });
  expect((await inspect({ "1": evil }, CONFIG, "-v", "r.io/app:1")).stderr).toBe(
    'Error: the index names a manifest by "../../../_catalog", which is no digest\n',
  );
});
