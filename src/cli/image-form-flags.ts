import type { PushOptions } from "#image";

/** The form that an image is sent in. */
export const imageFormFlags = {
  compression: {
    type: "enum",
    choices: ["gzip", "zstd", "none"],
    help: 'Change all layers to this compression ("gzip", "zstd", "none"); default: what is not compressed becomes gzip',
  },
  compressionLevel: {
    type: "int",
    help: "How hard to compress: gzip 1 to 9 (default 2), zstd 1 to 19 (default 3)",
  },
  format: {
    type: "enum",
    choices: ["oci", "docker"],
    help: 'Change manifests to this format ("oci", "docker")',
  },
} as const;

/** What those flags say. */
export function imageForm(flags: {
  readonly compression: PushOptions["compression"];
  readonly compressionLevel: number | undefined;
  readonly format: PushOptions["format"];
}): Pick<PushOptions, "compression" | "level" | "format"> {
  const { compression, compressionLevel: level, format } = flags;
  return {
    ...(compression && { compression }),
    ...(level !== undefined && { level }),
    ...(format && { format }),
  };
}
