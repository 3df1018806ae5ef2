import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Mount, mountAll, mountShared, unmount, unmountAll } from "#kernel";
import { indexLayer } from "#layer";
import { secondsSince } from "../measure.ts";

/** The read-only side of a container: one EROFS mount or several, below its overlay. */
export interface Lowers {
  readonly layers: readonly Mount[];
  readonly overlay: Mount;
  /** Where the container's tree shows. */
  readonly merged: string;
  /** Bytes of the indexes. */
  readonly indexSize: number;
  /** Seconds to make the indexes of tars that are in memory. */
  readonly indexSeconds: number;
}

/** Writes each tar and its index below `home`; the lowest layer comes first. */
export function makeLowers(home: string, tars: readonly Uint8Array[]): Lowers {
  for (const name of ["upper", "work", "merged"]) mkdirSync(join(home, name), { recursive: true });
  const start = Bun.nanoseconds();
  const indexes = tars.map(indexOf);
  const indexSeconds = secondsSince(start);
  for (const [id, tar] of tars.entries()) {
    writeFileSync(join(home, `${id}.tar`), tar);
    writeFileSync(join(home, `${id}.index`), indexes[id]!);
  }
  return {
    layers: tars.map((_, id) => layerMount(home, id)),
    overlay: overlayMount(home, tars.length),
    merged: join(home, "merged"),
    indexSize: indexes.reduce((sum, { length }) => sum + length, 0),
    indexSeconds,
  };
}

export function mountLayers({ layers }: Lowers): void {
  mountShared(layers);
}

export function mountOverlay({ overlay, merged }: Lowers): void {
  mountAll([overlay], merged);
}

export function unmountLowers({ layers, overlay, merged }: Lowers): void {
  unmountAll([overlay], merged);
  for (const { at } of layers) {
    unmount(at!);
    rmdirSync(at!);
  }
}

function indexOf(tar: Uint8Array): Uint8Array {
  const indexing = indexLayer();
  indexing.write(tar);
  return indexing.end().index;
}

/** As the snapshotter mounts a layer and what is written to on top. */
function layerMount(home: string, id: number): Mount {
  return {
    type: "erofs",
    source: `${id}.index`,
    options: ["ro", "nosuid", "nodev", `device=${id}.tar`],
    ...{ base: home, at: join(home, String(id)) },
  };
}

function overlayMount(home: string, count: number): Mount {
  const lowers = Array.from({ length: count }, (_, index) => count - 1 - index);
  const fixed = ["index=off", "metacopy=off", "redirect_dir=nofollow"];
  return {
    type: "overlay",
    source: "overlay",
    options: [`lowerdir=${lowers.join(":")}`, "upperdir=upper", "workdir=work", ...fixed],
    base: home,
  };
}
