import type { LogEntry } from "../container-service.ts";
import type { ContainerRecord } from "../record.ts";

type Configs = Pick<ContainerRecord, "config" | "hostConfig">;

/** Puts what the log options say of every line before it, as Docker's `logs --details` does. */
export function withAttributes(record: Configs): (entry: LogEntry) => LogEntry {
  const prefix = Buffer.from(`${logAttributes(record)} `);
  return ({ stream, time, bytes }) => ({ stream, time, bytes: Buffer.concat([prefix, bytes]) });
}

/** By `labels`, `labels-regex`, `env`, `env-regex` and `tag`: `key=value`, escaped as in a URL. */
function logAttributes({ config, hostConfig }: Configs): string {
  const { Config: options = {} } = hostConfig.LogConfig ?? {};
  const env = Object.fromEntries((config.Env ?? []).map(splitVariable));
  const attributes = {
    ...chosen(config.Labels ?? {}, options.labels, options["labels-regex"]),
    ...chosen(env, options.env, options["env-regex"]),
    ...(options.tag && { tag: options.tag }),
  };
  return new URLSearchParams(Object.entries(attributes).sort()).toString().replaceAll("&", ",");
}

/** Those that are named, with commas between, or that a pattern fits. */
function chosen(all: Readonly<Record<string, string>>, names = "", pattern?: string) {
  const named = new Set(names.split(","));
  const fits = (key: string) => pattern && new RegExp(pattern).test(key);
  return Object.fromEntries(Object.entries(all).filter(([key]) => named.has(key) || fits(key)));
}

function splitVariable(entry: string): [name: string, value: string] {
  const [name = "", ...value] = entry.split("=");
  return [name, value.join("=")];
}
