import type { Platform } from "./image.ts";

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  x86_64: "amd64",
  aarch64: "arm64",
  ia32: "386",
  i386: "386",
  loong64: "loong64",
};

/** Those that alone spell a platform: `arm64` is `linux/arm64`. */
const KNOWN = "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x";

/** The machine's own platform, in the names of Go's GOOS and GOARCH. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

/** `linux/arm64/v8`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
}

/** The platform that `os[/arch[/variant]]` or an architecture alone spells. */
export function parsePlatform(text: string): Platform {
  const [os = "linux", arch, variant] = text.toLowerCase().split("/");
  const alone = ARCHITECTURES[os] ?? os;
  if (!arch && KNOWN.split(" ").includes(alone)) return { os: "linux", architecture: alone };
  const architecture = arch ? (ARCHITECTURES[arch] ?? arch) : hostPlatform().architecture;
  return { os, architecture, ...(variant && { variant }) };
}

/** Whether an image for `offered` can serve a wish for `wanted`; a missing variant matches any. */
export function platformMatches(offered: Platform, wanted: Platform): boolean {
  const sameVariant = !wanted.variant || !offered.variant || wanted.variant === offered.variant;
  return offered.os === wanted.os && offered.architecture === wanted.architecture && sameVariant;
}
