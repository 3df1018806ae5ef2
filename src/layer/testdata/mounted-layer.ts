import { mkdirSync, writeFileSync } from "node:fs";
import { openErofs } from "#erofs";
import { mountAll, unmountAll } from "#kernel";
import { indexLayer, type LayerLimits, settleIndex } from "../index.ts";
import { isRoot, scratch } from "./fixture.ts";

/** The index of a layer at hand, given in pieces so that nothing falls on a block's border. */
export function indexOf(tar: Uint8Array, limits?: LayerLimits): Uint8Array {
  const indexing = indexLayer(limits);
  for (let at = 0; at < tar.length; at += 100_003) indexing.write(tar.subarray(at, at + 100_003));
  return indexing.end().index;
}


/** The indexes of a stack of layers as they are mounted; tars, indexes and stack lowest first. */
export function settledStack(...tars: Uint8Array[]): Uint8Array[] {
  const settled: Uint8Array[] = [];
  for (const index of tars.map((tar) => indexOf(tar))) {
    const lowers = () => settled.map((index) => openErofs(index)).reverse();
    settled.push(settleIndex(openErofs(index), lowers) ?? index);
  }
  return settled;
}

/** Works in a layer that stands alone, mounted on `target` straight from its tar and its index. */
export async function withMounted<T>(
  tar: Uint8Array,
  target: string,
  work: (root: string) => T | Promise<T>,
): Promise<T> {
  using place = scratch();
  writeFileSync(place.at("tar"), tar);
  return await withMountedFiles(place.path, settledStack(tar)[0]!, target, work);
}

/** The same of a file `tar` in `base`, where its index is put too. */
export async function withMountedFiles<T>(
  base: string,
  index: Uint8Array,
  target: string,
  work: (root: string) => T | Promise<T>,
): Promise<T> {
  writeFileSync(`${base}/index`, index);
  mkdirSync(target, { recursive: true });
  const mounts = [{ type: "erofs", source: "index", options: ["ro", "device=tar"], base }];
  mountAll(mounts, target);
  try {
    return await work(target);
  } finally {
    unmountAll(mounts, target);
  }
}

/** Whether this user and kernel (Linux 6.12) mount EROFS images from their files. */
export const mountsErofs = isRoot && (await tryMount());

async function tryMount(): Promise<boolean> {
  using place = scratch();
  try {
    return await withMounted(new Uint8Array(1024), place.at("target"), () => true);
  } catch {
    return false;
  }
}
