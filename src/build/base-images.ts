import { fail, kindOf, messageOf } from "#errors";
import type { ImageService, ImageStore } from "#image";
import type { Lease } from "#state";
import type { BaseImage } from "./plan.ts";

interface Images {
  readonly images: Pick<ImageService, "resolve">;
  readonly store: ImageStore;
}

/**
 * The image that a FROM or `COPY --from` names, held so that nobody removes it while it is built
 * on. Fails with `not-found` when it is not in the store.
 */
export async function findBaseImage(
  name: string,
  { images, store: { state } }: Images,
  lease: Lease,
): Promise<BaseImage> {
  const { id, config } = await resolve(name, images);
  lease.hold("image", id);
  lease.hold("layer", ...config.rootfs.diff_ids);
  if (state.images.get(id) !== undefined) return { id, config };
  return fail("not-found", `${name} was removed in this moment: load, import or build it again`);
}

async function resolve(name: string, images: Pick<ImageService, "resolve">) {
  try {
    return await images.resolve(name);
  } catch (error) {
    if (kindOf(error) !== "not-found") throw error;
    const advice = "registries are not supported yet: load, import or build it first";
    return fail("not-found", `failed to resolve source metadata: ${messageOf(error)}; ${advice}`);
  }
}
