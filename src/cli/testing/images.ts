import type { ImageSummary } from "#image";
import { type Digest, parseDigest } from "#oci";

export const DAY = 86_400_000;

/** A digest of one repeated digit. */
export function digestOfDigit(digit: string): Digest {
  return parseDigest(`sha256:${digit.repeat(64)}`);
}

/** An image of three days ago with a million bytes. */
export function summary(given: Partial<ImageSummary> = {}): ImageSummary {
  return {
    id: digestOfDigit("a"),
    repoTags: [],
    repoDigests: [],
    created: Date.now() - 3 * DAY,
    size: 1_234_567,
    containers: 0,
    ...given,
  };
}
