import { formatPlatform, type Platform } from "#oci";

/** `--build-arg` values by name. */
export type BuildArgs = Readonly<Record<string, string>>;

const PROXY_NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];
const PROXIES = new Set(PROXY_NAMES.flatMap((name) => [name, name.toLowerCase()]));

/** The arguments that every Dockerfile may use in FROM lines without declaring them. */
export function predefinedArgs(platform: Platform, target: string, given: BuildArgs) {
  const defaults = {
    ...platformArgs("BUILD", platform),
    ...platformArgs("TARGET", platform),
    TARGETSTAGE: target || "default",
  };
  const overridden = Object.entries(defaults).map(([name, value]) => [name, given[name] ?? value]);
  return new Map<string, string>(overridden as [string, string][]);
}

/**
 * The proxy settings among the build arguments: every RUN sees them without an ARG, and neither
 * the history nor the cache does.
 */
export function proxyArgs(given: BuildArgs): [string, string][] {
  return Object.entries(given).filter(([name]) => PROXIES.has(name));
}

/** The given arguments that no ARG asked for, in Docker's words; undefined when there are none. */
export function unusedArgsWarning(given: BuildArgs, used: ReadonlySet<string>): string | undefined {
  const unused = Object.keys(given).filter((name) => !used.has(name) && !PROXIES.has(name));
  if (unused.length === 0) return undefined;
  return `One or more build-args [${unused.sort().join(" ")}] were not consumed`;
}

function platformArgs(prefix: string, platform: Platform): Record<string, string> {
  return {
    [`${prefix}PLATFORM`]: formatPlatform(platform),
    [`${prefix}OS`]: platform.os,
    [`${prefix}OSVERSION`]: platform["os.version"] ?? "",
    [`${prefix}ARCH`]: platform.architecture,
    [`${prefix}VARIANT`]: platform.variant ?? "",
  };
}
