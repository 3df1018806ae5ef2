import { fail } from "#errors";
import type { ImageService } from "#image";
import { formatPlatform, type Platform, parsePlatform, platformMatches } from "#oci";

const PLATFORM = /^[\w.-]+(\/[\w.-]+){0,2}$/;

/** `--platform os[/arch[/variant]]`. */
export const platformFlag = {
  type: "custom",
  value: "string",
  parse: (text: string): Platform =>
    PLATFORM.test(text)
      ? parsePlatform(text)
      : fail("invalid-argument", `${JSON.stringify(text)}: cannot parse platform specifier`),
} as const;

/** Fails with Docker's words unless all images are for this platform. */
export async function requirePlatform(
  images: ImageService,
  names: readonly string[],
  platform: Platform,
): Promise<void> {
  for (const name of names) {
    const { config } = await images.resolve(name);
    if (!platformMatches(config, platform)) failUnavailable(name, formatPlatform(platform));
  }
}

function failUnavailable(name: string, platform: string): never {
  return fail(
    "not-found",
    `image with reference ${name} was found but does not provide the specified platform (${platform})`,
  );
}
