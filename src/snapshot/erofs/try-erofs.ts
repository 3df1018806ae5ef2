import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunksOf } from "#bytes";
import { fail, messageOf } from "#errors";
import { AT_FDCWD, mountAll, statAt, unmountAll } from "#kernel";
import { encodeHeader, endOfArchive, type TarHeader } from "#tar";
import { Directories } from "../directories.ts";
import type { OverlayMode } from "../overlay/options.ts";
import { ErofsDriver } from "./erofs-driver.ts";
import type { ErofsSource } from "./erofs-mount.ts";

const CONTENT = "x".repeat(600);

/**
 * Puts a layer and a writable one on top of it together in `place` and changes it; gives the first way to mount images that does all of that. Fails,
 * with the reasons, when there is none.
 */
export async function tryErofs(place: string, mode: OverlayMode): Promise<ErofsSource> {
  const reasons: string[] = [];
  for (const source of ["file", "loop"] as const) {
    try {
      await trySource(join(place, source), mode, source);
      return source;
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  return fail("unsupported", [...new Set(reasons)].join("; by a loop device: "));
}

async function trySource(place: string, mode: OverlayMode, source: ErofsSource): Promise<void> {
  const directories = new Directories(place);
  const driver = new ErofsDriver(directories, mode, join(place, "layers"), source);
  directories.create(1);
  await driver.unpack({ tar: () => chunksOf(...tar()) }, 1, [], {});
  directories.create(2);
  try {
    await driver.prepare(2, [1]);
    change(join(place, "merged"), driver.mounts(2, [1], {}));
    if (statAt(AT_FDCWD, join(directories.tree(2), "f"))?.type !== "char")
      fail("unsupported", "overlay does not mark a removed file as expected");
  } finally {
    driver.drop(1);
  }
}

function change(merged: string, mounts: Parameters<typeof mountAll>[0]): void {
  mkdirSync(merged);
  mountAll(mounts, merged);
  try {
    if (readFileSync(join(merged, "f"), "utf8") !== CONTENT)
      fail("unsupported", "a file of a mounted layer has not the content that its tar has");
    rmSync(join(merged, "f"));
    writeFileSync(join(merged, "g"), "");
  } finally {
    unmountAll(mounts, merged);
  }
}

/** A layer with one file, in two blocks. */
function tar(): Uint8Array[] {
  const header: TarHeader = {
    ...{ path: "f", type: "file", mode: 0o644, uid: 0, gid: 0, size: CONTENT.length },
    ...{ mtime: { seconds: 0, nanoseconds: 0 }, xattrs: new Map() },
  };
  const content = new Uint8Array(1024);
  new TextEncoder().encodeInto(CONTENT, content);
  return [encodeHeader(header), content, endOfArchive()];
}
