import type { RlimitOption } from "#runtime";
import type { UlimitConfig } from "../host-config.ts";
import { failSetting } from "./fail-setting.ts";

const NAMES = new Set(
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  ),
);

/**
 * Reads `nofile=1024[:2048]`, soft and hard limit; -1 is no limit. Fails with `invalid-argument`
 * in the words of docker's CLI.
 *
 * @see https://pkg.go.dev/github.com/docker/go-units#ParseUlimit
 */
export function parseUlimit(text: string): UlimitConfig {
  const at = text.indexOf("=");
  if (at < 0) failSetting(`invalid ulimit argument: ${text}`);
  const [Name, values] = [text.slice(0, at), text.slice(at + 1)];
  if (!NAMES.has(Name)) failSetting(`invalid ulimit type: ${Name}`);
  const [soft = "", hard = soft, ...rest] = values.split(":");
  if (rest.length > 0)
    failSetting(
      `too many limit value arguments - ${values}, can only have up to two, \`soft[:hard]\``,
    );
  const ulimit = { Name, Soft: parseLimit(soft), Hard: parseLimit(hard) };
  checkOrder(ulimit);
  return ulimit;
}

function parseLimit(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  return failSetting(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function checkOrder({ Soft, Hard }: UlimitConfig): void {
  if (Hard === -1) return;
  const words = "ulimit soft limit must be less than or equal to hard limit";
  if (Soft === -1) failSetting(`${words}: soft: -1 (unlimited), hard: ${Hard}`);
  if (Soft > Hard) failSetting(`${words}: ${Soft} > ${Hard}`);
}

/** Likewise for one that came ready made. */
export function checkUlimit(ulimit: UlimitConfig): void {
  if (!NAMES.has(ulimit.Name)) failSetting(`invalid ulimit type: ${ulimit.Name}`);
  checkOrder(ulimit);
}

/** As setrlimit(2) calls it. */
export function rlimitOf({ Name, Soft, Hard }: UlimitConfig): RlimitOption {
  return { type: `RLIMIT_${Name.toUpperCase()}`, soft: Soft, hard: Hard };
}
