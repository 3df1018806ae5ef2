import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";
import { findContainer } from "../find.ts";
import type { MountPoint } from "../record.ts";
import { parseMode } from "./mode.ts";

/**
 * The mounts of another container, for one that says `--volumes-from CONTAINER[:ro|rw]`. Fails
 * with `not-found` when there is none, and with `invalid-argument` for other options.
 */
export function mountsFrom({ state }: ContainerStore, text: string): MountPoint[] {
  if (text === "") fail("invalid-argument", "volumes-from specification cannot be an empty string");
  const [name = "", mode = ""] = splitOnce(text);
  const readOnly = isReadOnly(mode);
  const { mounts } = findContainer(state.containers, name).record;
  return mounts.map(
    (mount): MountPoint => ({
      ...mount,
      mode: "",
      readOnly: mount.readOnly || readOnly,
      noCopy: true,
    }),
  );
}

function isReadOnly(mode: string): boolean {
  const { readOnly, recursive, propagation, noCopy } = parseMode(mode);
  if (recursive !== undefined || propagation || noCopy)
    fail("invalid-argument", `invalid mode: ${mode}`);
  return readOnly;
}

function splitOnce(text: string): string[] {
  const at = text.indexOf(":");
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
