import type { Platform } from "./image.ts";

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  x86_64: "amd64",
  aarch64: "arm64",
  ia32: "386",
  i386: "386",
  loong64: "loong64",
};

/** The machine's own platform, in the names of Go's GOOS and GOARCH. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

/** `linux/arm64/v8`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
}

/** The platform that `os[/arch[/variant]]` spells. */
export function parsePlatform(text: string): Platform {
  const [os = "linux", arch, variant] = text.toLowerCase().split("/");
  const architecture = arch ? (ARCHITECTURES[arch] ?? arch) : hostPlatform().architecture;
  return { os, architecture, ...(variant && { variant }) };
}

/** Whether an image for `offered` can serve a wish for `wanted`; a missing variant matches any. */
export function platformMatches(offered: Platform, wanted: Platform): boolean {
  const sameVariant = !wanted.variant || !offered.variant || wanted.variant === offered.variant;
  return offered.os === wanted.os && offered.architecture === wanted.architecture && sameVariant;
}
