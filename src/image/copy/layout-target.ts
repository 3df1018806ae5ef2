import { readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "#bytes";
import { type ContentStore, openContentStore } from "#content";
import { fail } from "#errors";
import type { Digest } from "#oci";
import type { PushedBlob } from "#remote";
import { parseIndex } from "../parse-image.ts";
import type { GraphTarget, OutgoingBlob, TakeOptions } from "./graph.ts";
import { LayoutIndex } from "./layout-index.ts";
import { told } from "./told.ts";

/** An image layout in a directory, new or with other images in it. */
export function layoutTarget(path: string, reference: string | undefined): GraphTarget {
  checkDirectory(path);
  const content = openContentStore(path);
  return {
    blob: (blob, options) => takeBlob(content, blob, options),
    async manifest(manifest) {
      const { digest } = manifest.descriptor;
      await store(content, [manifest.bytes], digest);
      addToIndex(path, (index) => index.add(manifest, reference));
      if (manifest.role === "root") tidy(path);
    },
  };
}

/** A directory with other things in it is somebody else's. */
function checkDirectory(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) fail("invalid-argument", `${path} is no directory`);
  const isLayout = statSync(join(path, "oci-layout"), { throwIfNoEntry: false }) !== undefined;
  if (
    !isLayout &&
    [...new Bun.Glob("*").scanSync({ cwd: path, dot: true, onlyFiles: false })].length > 0
  )
    fail(
      "invalid-argument",
      `${path} is neither empty nor an image layout: choose a new directory`,
    );
}

async function takeBlob(
  content: ContentStore,
  blob: OutgoingBlob,
  options: TakeOptions = {},
): Promise<PushedBlob> {
  const { digest, size = 0 } = blob;
  if (digest && content.stat(digest)?.size === size) return { digest, size, how: "exists" };
  const stored = await store(content, told(blob.open(0), options), digest);
  return { ...stored, how: "pushed" };
}

async function store(
  content: ContentStore,
  bytes: Bytes | Iterable<Uint8Array>,
  digest: Digest | undefined,
): Promise<{ digest: Digest; size: number }> {
  const algorithm = digest?.split(":")[0] as "sha256" | undefined;
  await using ingestion = content.ingest(algorithm ? { algorithm } : {});
  for await (const chunk of bytes) ingestion.write(chunk);
  return await ingestion.commit(digest ? { digest } : {});
}

function addToIndex(path: string, change: (index: LayoutIndex) => void): void {
  const file = join(path, "index.json");
  const index = new LayoutIndex(parseIndex(readFileSync(file), file).manifests);
  change(index);
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(index));
  renameSync(temporary, file);
}

/** What blobs are written to before they have their names; somebody else may be at it. */
function tidy(path: string): void {
  try {
    rmdirSync(join(path, "ingest"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "ENOENT") throw error;
  }
}
