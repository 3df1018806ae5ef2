import { afterEach, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { type Digest, digestOf, mediaTypes } from "#oci";
import type { ManifestLinks, Records, StoredBlob, StoredManifest } from "../records.ts";

const LATER = 60_000;
const HOUR = 3_600_000;

function blobOf(text: string, id = "1"): StoredBlob {
  const digest = digestOf(text);
  return { digest, size: text.length, location: `blobs/${digest}.${id}` };
}

function manifestOf(text: string): StoredManifest {
  const bytes = new TextEncoder().encode(text);
  return { digest: digestOf(bytes), mediaType: mediaTypes.ociManifest, bytes };
}

const links = (given: Partial<ManifestLinks> = {}): ManifestLinks => ({
  blobs: [],
  manifests: [],
  ...given,
});

/** What all {@link Records} do; `make` gives new, empty ones. */
export function recordsSuite(name: string, make: () => Promise<Records>): void {
  describe(name, () => {
    let records: Records;
    beforeEach(async () => {
      records = await make();
    });
    afterEach(async () => {
      setSystemTime();
      await records[Symbol.asyncDispose]();
    });

    const push = async (repository: string, text: string, ...tags: string[]) => {
      const manifest = manifestOf(text);
      await records.putManifest(repository, manifest, links(), tags);
      return manifest.digest;
    };
    const collect = (untagged = false) => records.collectGarbage(Date.now() + LATER, { untagged });

    test("a blob belongs to the repositories that got it", async () => {
      const blob = blobOf("layer");
      expect(await records.addBlob("a", blob)).toEqual(blob);
      expect(await records.blob("a", blob.digest)).toEqual(blob);
      expect(await records.blob("a", blob.digest, { relyOn: true })).toEqual(blob);
      expect(await records.blob("b", blob.digest)).toBeUndefined();
      expect(await records.mountBlob("b", blob.digest, "nowhere")).toBeUndefined();
      expect(await records.blob("b", blob.digest)).toBeUndefined();
      expect(await records.mountBlob("b", blob.digest, "a")).toEqual(blob);
      expect(await records.holders(blob.digest, 10)).toEqual(["a", "b"]);
      expect(await records.holders(blob.digest, 1)).toHaveLength(1);
      expect(await records.deleteBlob("a", blob.digest)).toBe(true);
      expect(await records.deleteBlob("a", blob.digest)).toBe(false);
      expect(await records.blob("b", blob.digest)).toEqual(blob);
    });

    test("sizes past 32 bits", async () => {
      const blob = { ...blobOf("large"), size: 5_000_000_000_000 };
      await records.addBlob("a", blob);
      expect(await records.blob("a", blob.digest)).toEqual(blob);
    });

    test("the second of two uploads of one blob is told of the first one's bytes", async () => {
      const first = blobOf("layer", "1");
      const second = blobOf("layer", "2");
      await records.addBlob("a", first);
      expect(await records.addBlob("b", second)).toEqual(first);
      const known = await records.knownLocations([first.location, second.location, "x"]);
      expect([...known]).toEqual([first.location]);
      expect(await records.knownLocations([])).toEqual(new Set());
    });

    test("many at once agree on one place", async () => {
      const copies = Array.from({ length: 10 }, (_, at) => blobOf("layer", `${at}`));
      const kept = await Promise.all(copies.map((copy, at) => records.addBlob(`r${at}`, copy)));
      expect(new Set(kept.map(({ location }) => location)).size).toBe(1);
    });

    test("a manifest is found by digest and by each tag", async () => {
      const manifest = manifestOf("one");
      const { digest } = manifest;
      expect(await records.manifest("a", digest)).toBeUndefined();
      expect(await records.putManifest("a", manifest, links(), ["1", "latest"])).toEqual({
        missing: [],
      });
      for (const reference of [digest, "1", "latest"]) {
        const found: StoredManifest | undefined = await records.manifest("a", reference);
        expect([found?.digest, found?.mediaType]).toEqual([digest, manifest.mediaType]);
        expect(Buffer.from(found!.bytes).toString()).toBe("one");
      }
      expect(await records.manifest("b", digest)).toBeUndefined();
      expect(await records.manifest("a", "2")).toBeUndefined();
    });

    test("a tag moves, and the manifest it left stays", async () => {
      const one = await push("a", "one", "latest");
      const two = await push("a", "two", "latest");
      expect((await records.manifest("a", "latest"))?.digest).toBe(two);
      expect((await records.manifest("a", one))?.digest).toBe(one);
    });

    test("blobs that are missing keep a manifest out", async () => {
      const here = blobOf("here");
      await records.addBlob("a", here);
      await records.addBlob("b", blobOf("elsewhere"));
      const manifest = manifestOf("m");
      const blobs = [here.digest, digestOf("elsewhere"), digestOf("nowhere"), here.digest];
      const { missing } = await records.putManifest("a", manifest, links({ blobs }), ["1"]);
      expect([...missing].sort()).toEqual([digestOf("elsewhere"), digestOf("nowhere")].sort());
      expect(await records.manifest("a", manifest.digest)).toBeUndefined();
      expect(await records.manifest("a", "1")).toBeUndefined();
    });

    test("a manifest of very many layers", async () => {
      const blobs = Array.from({ length: 12_000 }, (_, at) => digestOf(`${at}`));
      const { missing } = await records.putManifest("a", manifestOf("m"), links({ blobs }), []);
      expect(missing).toHaveLength(12_000);
      const index = links({ manifests: blobs });
      expect(await records.putManifest("a", manifestOf("i"), index, [])).toEqual({ missing: [] });
    });

    test("a manifest goes with its tags, a tag goes alone", async () => {
      const digest = await push("a", "one", "1", "2");
      expect(await records.deleteTag("a", "1")).toBe(true);
      expect(await records.deleteTag("a", "1")).toBe(false);
      expect((await records.manifest("a", "2"))?.digest).toBe(digest);
      expect(await records.deleteManifest("a", digest)).toBe(true);
      expect(await records.deleteManifest("a", digest)).toBe(false);
      expect(await records.manifest("a", "2")).toBeUndefined();
      expect(await records.tags("a", {})).toEqual([]);
    });

    test("tags are sorted without regard to case, and paged", async () => {
      await push("a", "one", "b", "C", "a", "B", "1.10", "1.9");
      const all = ["1.10", "1.9", "a", "B", "b", "C"];
      expect(await records.tags("a", {})).toEqual(all);
      expect(await records.tags("a", { n: 2 })).toEqual(all.slice(0, 2));
      expect(await records.tags("a", { n: 2, last: "a" })).toEqual(["B", "b"]);
      expect(await records.tags("a", { last: "B" })).toEqual(["b", "C"]);
      expect(await records.tags("a", { n: 0 })).toEqual([]);
      expect(await records.tags("a", { last: "zzz" })).toEqual([]);
      expect(await records.tags("b", {})).toBeUndefined();
    });

    test("repositories are sorted by their bytes, and paged", async () => {
      for (const name of ["b/x", "a", "b-1", "b"]) await push(name, "m");
      expect(await records.repositories({})).toEqual(["a", "b", "b-1", "b/x"]);
      expect(await records.repositories({ n: 2, last: "a" })).toEqual(["b", "b-1"]);
    });

    test("referrers of a subject, filtered and paged by digest", async () => {
      const subject = digestOf("subject");
      const expected: Digest[] = [];
      for (const text of ["1", "2", "3"]) {
        const artifactType = text === "3" ? "type/b" : "type/a";
        const given = links({ subject, artifactType, annotations: { text } });
        await records.putManifest("a", manifestOf(text), given, []);
        expected.push(digestOf(text));
      }
      await push("a", "other");
      await records.putManifest("b", manifestOf("4"), links({ subject }), []);
      const found = await records.referrers("a", subject, {});
      expect(found.map(({ digest }) => digest)).toEqual(expected.sort());
      expect(found.find(({ digest }) => digest === digestOf("3"))).toEqual({
        mediaType: mediaTypes.ociManifest,
        digest: digestOf("3"),
        size: 1,
        artifactType: "type/b",
        annotations: { text: "3" },
      });
      expect(await records.referrers("a", subject, { artifactType: "type/b" })).toHaveLength(1);
      expect(await records.referrers("a", subject, { n: 1, last: expected[0]! })).toHaveLength(1);
      expect(await records.referrers("a", subject, { mostBytes: 1 })).toHaveLength(1);
      const long = links({ subject, artifactType: `type/${"x".repeat(5000)}` });
      for (const text of ["5", "6"]) await records.putManifest("c", manifestOf(text), long, []);
      expect(await records.referrers("c", subject, { mostBytes: 8000 })).toHaveLength(1);
      expect(await records.referrers("b", subject, {})).toEqual([
        { mediaType: mediaTypes.ociManifest, digest: digestOf("4"), size: 1 },
      ]);
    });

    test("an upload moves on from where it was, once", async () => {
      const upload = {
        ...{ id: crypto.randomUUID(), repository: "a", offset: 0, algorithm: "sha512" as const },
        ...{ state: '{"part":1}', touched: 1000 },
      };
      await records.putUpload(upload);
      expect(await records.upload("a", upload.id)).toEqual(upload);
      expect(await records.upload("b", upload.id)).toBeUndefined();
      const next = { ...upload, offset: 6_000_000_000, state: "2", touched: 2000 };
      const moves = await Promise.all([1, 2].map(() => records.advanceUpload(next, 0)));
      expect(moves.sort()).toEqual([false, true]);
      expect(await records.upload("a", upload.id)).toEqual(next);
      expect(await records.idleUploads(2000)).toEqual([]);
      expect(await records.idleUploads(2001)).toEqual([next]);
      expect(await records.deleteUpload(upload.id)).toBe(true);
      expect(await records.deleteUpload(upload.id)).toBe(false);
      expect(await records.advanceUpload(next, next.offset)).toBe(false);
    });

    test("garbage is what no manifest of the repository names", async () => {
      const [used, loose] = [blobOf("used"), blobOf("loose")];
      for (const blob of [used, loose]) await records.addBlob("a", blob);
      await records.mountBlob("b", used.digest, "a");
      const blobs = [used.digest];
      await records.putManifest("a", manifestOf("m"), links({ blobs }), ["1"]);
      const dry = await records.collectGarbage(Date.now() + LATER, { dryRun: true });
      expect(dry).toEqual({ blobs: [loose], manifests: [], bytes: loose.size });
      expect(await records.blob("a", loose.digest)).toEqual(loose);
      expect(await collect()).toEqual(dry);
      expect(await records.blob("a", loose.digest)).toBeUndefined();
      expect(await records.blob("b", used.digest)).toBeUndefined();
      expect(await records.blob("a", used.digest)).toEqual(used);
      expect(await records.repositories({})).toEqual(["a"]);
      await records.deleteManifest("a", digestOf("m"));
      expect((await collect()).blobs).toEqual([used]);
      expect(await records.repositories({})).toEqual([]);
    });

    test("garbage of more than one page", async () => {
      const all = Array.from({ length: 1001 }, (_, at) => blobOf(`${at}`));
      await Promise.all(all.map((blob) => records.addBlob("a", blob)));
      expect((await collect()).blobs).toHaveLength(all.length);
    });

    test("what an index names as a manifest may be a blob: it is kept", async () => {
      const cache = blobOf("cache layer");
      await records.addBlob("a", cache);
      const manifests = [cache.digest];
      await records.putManifest("a", manifestOf("i"), links({ manifests }), ["cache"]);
      expect((await collect()).blobs).toEqual([]);
    });

    test("the young are spared, and what somebody was told of is young again", async () => {
      const [old, told, mounted, named] = ["old", "told", "mounted", "named"].map((text) =>
        blobOf(text),
      ) as [StoredBlob, StoredBlob, StoredBlob, StoredBlob];
      setSystemTime(Date.now() - 2 * HOUR);
      for (const blob of [old, told, mounted, named]) await records.addBlob("a", blob);
      const child = await push("a", "child");
      const stale = await push("a", "stale");
      setSystemTime();
      await records.blob("a", old.digest);
      await records.blob("a", told.digest, { relyOn: true });
      await records.mountBlob("b", mounted.digest, "a");
      await records.putManifest("a", manifestOf("m"), links({ blobs: [named.digest] }), []);
      await records.manifest("a", stale);
      await records.manifest("a", child, { relyOn: true });
      const { blobs, manifests } = await records.collectGarbage(Date.now() - HOUR, {
        untagged: true,
      });
      expect(blobs).toEqual([old]);
      expect(manifests).toEqual([{ repository: "a", digest: stale }]);
      expect((await records.collectGarbage(Date.now() - HOUR)).blobs).toEqual([]);
    });

    test("a manifest without a tag goes when asked, unless one that stays needs it", async () => {
      const loose = await push("a", "loose");
      const child = await push("a", "child");
      const kept = links({ manifests: [child] });
      await records.putManifest("a", manifestOf("index"), kept, ["1"]);
      const grandchild = await push("a", "grandchild");
      const looseIndex = links({ manifests: [grandchild] });
      await records.putManifest("a", manifestOf("loose index"), looseIndex, []);
      const signed = links({ subject: child });
      await records.putManifest("a", manifestOf("signature"), signed, []);
      const stale = links({ subject: loose });
      await records.putManifest("a", manifestOf("stale signature"), stale, []);
      expect((await collect()).manifests).toEqual([]);
      const { manifests } = await collect(true);
      const gone = ["loose", "grandchild", "loose index", "stale signature"];
      expect(manifests.map(({ digest }) => digest).sort()).toEqual(
        gone.map((text) => digestOf(text)).sort(),
      );
      for (const text of ["index", "child", "signature"])
        expect(await records.manifest("a", digestOf(text))).toBeDefined();
    });

    test("pushes and collections at once: what was stored has its blobs", async () => {
      const rounds = Array.from({ length: 20 }, (_, at) => `${at}`);
      const pushes = rounds.map(async (text) => {
        await records.addBlob("a", blobOf(text));
        const blobs = [digestOf(text)];
        return records.putManifest("a", manifestOf(`m${text}`), links({ blobs }), [text]);
      });
      const collections = rounds.map(() => collect());
      const results = await Promise.all(pushes);
      await Promise.all(collections);
      for (const [at, { missing }] of results.entries()) {
        const found = await records.blob("a", digestOf(`${at}`));
        expect(found !== undefined).toBe(missing.length === 0);
      }
    });
  });
}
