import type { RemoteNotice } from "../remote.ts";

type Quota = Extract<RemoteNotice, { kind: "quota" }>;

/** Less than this part of the limit is worth telling. */
const LOW = 0.1;

/** Hub's `ratelimit-limit: 100;w=21600` and `ratelimit-remaining`; undefined while enough is left. */
export function lowQuota(headers: Headers): Quota | undefined {
  const limit = parse(headers.get("ratelimit-limit"));
  const remaining = parse(headers.get("ratelimit-remaining"));
  if (limit === undefined || remaining === undefined) return undefined;
  if (remaining.count >= limit.count * LOW) return undefined;
  return {
    kind: "quota",
    remaining: remaining.count,
    limit: limit.count,
    windowSeconds: limit.seconds ?? remaining.seconds ?? 0,
  };
}

function parse(text: string | null): { count: number; seconds: number | undefined } | undefined {
  const [, count, seconds] = /^\s*(\d{1,15})(?:\s*;\s*w=(\d{1,15}))?/.exec(text ?? "") ?? [];
  if (count === undefined) return undefined;
  return { count: Number(count), seconds: seconds === undefined ? undefined : Number(seconds) };
}
