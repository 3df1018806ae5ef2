import { fail } from "#errors";
import { type Descriptor, hostPlatform } from "#oci";
import type { Remote } from "#remote";
import { collectGarbage } from "../gc.ts";
import type { CopyOptions } from "../image-service.ts";
import type { ImageStore } from "../image-store.ts";
import { choosePlatform } from "./choose-platform.ts";
import { copyGraph } from "./copy-graph.ts";
import type { ImagePlace } from "./image-place.ts";
import { checkForm } from "./layer-form.ts";
import { type OpenSource, type OpenWith, openSource } from "./open-source.ts";
import { openTarget } from "./open-target.ts";
import { reformedSource } from "./reformed-source.ts";

/**
 * Copies an image from one place to another: one platform of it, or with `all` the whole index.
 * Blobs are verified on the way and not sent where they are already; what is not to change keeps
 * its digest. Nothing has the target's name before all of it is there.
 *
 * @returns what the target has
 */
export async function copyImage(
  store: ImageStore,
  remote: () => Promise<Remote>,
  from: ImagePlace,
  to: ImagePlace,
  options: CopyOptions = {},
): Promise<Descriptor> {
  checkOptions(options);
  using lease = store.state.leases.open("copy");
  const ends: OpenWith = { store, remote, lease };
  const request = options.signal ? { signal: options.signal } : {};
  using opened = await openSource(from, ends, request);
  const root = await rootOf(opened, options);
  using target = await openTarget(to, ends);
  const source = inForm(opened, to, store, options);
  const { format, referrers, onEvent } = options;
  const given = {
    ...(format && { format }),
    ...(referrers && { referrers }),
    ...(onEvent && { onEvent }),
  };
  try {
    return await copyGraph(source, target, root, { ...given, ...request });
  } catch (error) {
    lease[Symbol.dispose]();
    if (to.kind === "store") await collectGarbage(store);
    throw error;
  }
}

function checkOptions(options: CopyOptions): void {
  checkForm(options);
  if (options.all && options.platform)
    fail("invalid-argument", "choose either all platforms (--all) or one (--platform)");
}

async function rootOf({ source, root }: OpenSource, options: CopyOptions): Promise<Descriptor> {
  const { all, platform = hostPlatform(), signal } = options;
  return all ? root : await choosePlatform(source, root, platform, signal ? { signal } : {});
}

/** Uncompressed layers that nobody knows by their digest are compressed for a registry only. */
function inForm(
  { source, isPublic }: OpenSource,
  to: ImagePlace,
  { state }: ImageStore,
  { compression, level, format }: CopyOptions,
) {
  const isRemote = to.kind === "registry";
  const asked = {
    ...(compression && { compression }),
    ...(level !== undefined && { level }),
    ...(format && { format }),
  };
  const form = { ...asked, keepsDigests: isPublic || !isRemote };
  return reformedSource(source, form, isRemote ? state.facts : undefined);
}
