import type { DeviceConfig } from "#container";
import { fail } from "#errors";

const MODE = /^(?!.*(.).*\1)[rwm]+$/;

/**
 * Reads `--device`: `HOST[:CONTAINER][:rwm]`. Fails with `invalid-argument` in the words of
 * docker's CLI.
 */
export function parseDevice(text: string): DeviceConfig {
  const parts = text.split(":");
  const [host = "", second = host, third] = parts;
  if (parts.length > 3 || host === "") fail("invalid-argument", `bad format for path: ${text}`);
  const onlyMode = third === undefined && MODE.test(second);
  const path = onlyMode ? host : second;
  const mode = onlyMode ? second : (third ?? "rwm");
  if (!MODE.test(mode)) fail("invalid-argument", `bad mode specified: ${mode}`);
  for (const place of [path, host])
    if (!place.startsWith("/")) fail("invalid-argument", `${place} is not an absolute path`);
  return { PathOnHost: host, PathInContainer: path, CgroupPermissions: mode };
}

const RULE = /^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/;

/** One more `--device-cgroup-rule`. */
export function addDeviceRule(text: string, previous: readonly string[] = []): string[] {
  if (!RULE.test(text)) fail("invalid-argument", `invalid device cgroup format '${text}'`);
  return [...previous, text];
}
