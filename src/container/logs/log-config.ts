import { fail, messageOf } from "#errors";
import type { LogConfig } from "../host-config.ts";

/** Where a container's output is kept, and how much of it. */
export interface LogSettings {
  /** False keeps nothing. */
  readonly kept: boolean;
  /** Bytes after which a new file begins; for ever when absent. */
  readonly maxSize?: number;
  /** So many files, with the one that is written. */
  readonly maxFile: number;
}

/** They all mean our one form. */
const DRIVERS: readonly string[] = ["", "json-file", "local", "k8s-file"];
const OPTIONS: readonly string[] = [
  ...["max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag"],
  ...["mode", "max-buffer-size"],
];
const UNITS = ["", "k", "m", "g", "t", "p"];
const THOUSAND = 1000;

/** Checks `--log-driver` and `--log-opt`; fails with `invalid-argument` in Docker's words. */
export function parseLogConfig({ Type = "", Config = {} }: Partial<LogConfig> = {}): LogSettings {
  if (Type === "none") return { kept: false, maxFile: 1 };
  if (!DRIVERS.includes(Type))
    fail(
      "invalid-argument",
      `error looking up logging plugin ${Type}: plugin "${Type}" not found: ` +
        "json-file, local, k8s-file and none are there",
    );
  const unknown = Object.keys(Config).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined)
    fail("invalid-argument", `unknown log opt '${unknown}' for ${Type || "json-file"} log driver`);
  checkPattern(Config["labels-regex"]);
  checkPattern(Config["env-regex"]);
  return {
    kept: true,
    ...("max-size" in Config && { maxSize: parseSize(Config["max-size"]!) }),
    maxFile: "max-file" in Config ? parseCount(Config["max-file"]!) : 1,
  };
}

/** `10k`, `1.5m`, `1gb`: in thousands, as Docker has it here. */
function parseSize(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?) ?([kmgtp])?(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * THOUSAND ** UNITS.indexOf(unit.toLowerCase()));
  if (Number.isNaN(bytes)) refuse(`invalid size: '${text}'`);
  if (bytes <= 0) refuse("max-size must be a positive number");
  return bytes;
}

function parseCount(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) refuse(`max-file: "${text}" is no number`);
  if (Number(text) < 1) refuse("max-file cannot be less than 1");
  return Number(text);
}

function checkPattern(text = ""): void {
  try {
    new RegExp(text);
  } catch (error) {
    refuse(messageOf(error));
  }
}

function refuse(reason: string): never {
  return fail("invalid-argument", `failed to initialize logging driver: ${reason}`);
}
