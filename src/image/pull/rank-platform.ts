import type { Platform } from "#oci";

/** What an architecture means without a variant (containerd's rules): the part behind the `v`. */
const UNSPOKEN: Readonly<Record<string, number>> = { arm: 7, arm64: 8, amd64: 1 };

/**
 * How well an image for `offered` serves a wish for `wanted`: higher is better, undefined means
 * not at all. Of variants those that build on each other count: arm/v7 runs v6, not v8.
 */
export function rankPlatform(offered: Platform, wanted: Platform): number | undefined {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return undefined;
  const [has, wants] = [levelOf(offered), levelOf(wanted)];
  if (has === undefined || wants === undefined)
    return !wanted.variant || offered.variant === wanted.variant ? 0 : undefined;
  if (has <= wants) return has;
  // Better than nothing to those who did not say what they can run.
  return wanted.variant ? undefined : -has;
}

/** Undefined for variants that are no numbers. */
function levelOf({ architecture, variant }: Platform): number | undefined {
  if (!variant) return UNSPOKEN[architecture] ?? 0;
  const level = Number(/^v(\d+(?:\.\d+)?)$/.exec(variant)?.[1] ?? Number.NaN);
  return Number.isNaN(level) ? undefined : level;
}
