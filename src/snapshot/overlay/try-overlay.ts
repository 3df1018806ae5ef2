import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import { AT_FDCWD, getXattr, mountAll, statAt, unmountAll } from "#kernel";
import { FIXED_OPTIONS, type OverlayMode } from "./options.ts";

/**
 * Mounts an overlay with all its directories in `place` and takes a file and a directory away in
 * it. Fails, with the reason, where the kernel or the file system below cannot do that.
 */
export function tryOverlay(place: string, mode: OverlayMode): void {
  const at = (...parts: string[]) => join(place, ...parts);
  for (const name of ["lower/d", "upper", "work", "merged"])
    mkdirSync(at(name), { recursive: true });
  writeFileSync(at("lower/f"), "");
  const directories = ["lowerdir=lower", "upperdir=upper", "workdir=work"];
  const options = [...directories, ...FIXED_OPTIONS, ...mode.options];
  const mounts = [{ type: "overlay", source: "overlay", options, base: place }];
  mountAll(mounts, at("merged"));
  try {
    rmSync(at("merged/f"));
    rmSync(at("merged/d"), { recursive: true });
    mkdirSync(at("merged/d"));
  } finally {
    unmountAll(mounts, at("merged"));
  }
  checkMarks(at("upper"), mode);
}

function checkMarks(upper: string, { xattrPrefix }: OverlayMode): void {
  if (statAt(AT_FDCWD, join(upper, "f"))?.type !== "char")
    fail("unsupported", "overlay does not mark a removed file as expected");
  if (getXattr(join(upper, "d"), `${xattrPrefix}opaque`) === undefined)
    fail("unsupported", "the file system does not take overlay's extended attributes");
}
