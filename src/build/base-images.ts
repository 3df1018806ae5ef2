import { fail, kindOf, messageOf } from "#errors";
import type { ImageService } from "#image";
import type { Lease } from "#state";
import type { BaseImage } from "./plan.ts";

/**
 * The image that a FROM or `COPY --from` names, held so that nobody removes it while it is built
 * on. Fails with `not-found` when it is not in the store.
 */
export async function findBaseImage(
  name: string,
  images: Pick<ImageService, "resolve">,
  lease: Lease,
): Promise<BaseImage> {
  const { id, config } = await resolve(name, images);
  lease.hold("image", id);
  lease.hold("layer", ...config.rootfs.diff_ids);
  // It may have been removed before it was held.
  await resolve(id, images);
  return { id, config };
}

async function resolve(name: string, images: Pick<ImageService, "resolve">) {
  try {
    return await images.resolve(name);
  } catch (error) {
    if (kindOf(error) !== "not-found") throw error;
    const advice = "pulling comes later: load, import or build it first";
    return fail("not-found", `failed to resolve source metadata: ${messageOf(error)}; ${advice}`);
  }
}
