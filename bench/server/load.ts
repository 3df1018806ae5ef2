import { execute } from "../../test/peers.ts";
import { processFigures } from "./process-figures.ts";
import type { Server } from "./server.ts";

/** What is asked of a server, again and again, by wrk. */
export interface Load {
  readonly name: string;
  readonly path: string;
  readonly connections: number;
  /** A Lua script with its arguments. */
  readonly script?: readonly [path: string, ...args: string[]];
}

/** What came of a load. */
export interface LoadResult {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly bytesPerSecond: number;
  /** Seconds of the server's processor time for each request. */
  readonly cpu: number;
  /** Answers that were no success. */
  readonly errors: number;
}

const SECONDS = 5;

export function putLoad(server: Server, load: Load): LoadResult {
  const before = processFigures(server.pid);
  const output = execute([
    ...["wrk", "--latency", `-d${SECONDS}s`, "-t1", `-c${load.connections}`],
    ...["--timeout", "30s"],
    ...(load.script ? ["-s", load.script[0]] : []),
    `http://${server.host}${load.path}`,
    ...(load.script ? ["--", ...load.script.slice(1)] : []),
  ]);
  const { cpu } = processFigures(server.pid);
  const requests = numberIn(output, /(\d+) requests in/);
  return {
    perSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/),
    p50: milliseconds(output, "50%"),
    p99: milliseconds(output, "99%"),
    bytesPerSecond: bytesIn(output),
    cpu: (cpu - before.cpu) / requests,
    errors: numberIn(output, /Non-2xx or 3xx responses: (\d+)/, 0),
  };
}

function numberIn(text: string, pattern: RegExp, otherwise = Number.NaN): number {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? otherwise : Number(found);
}

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1 << 20, GB: 1 << 30 };

function milliseconds(text: string, percentile: string): number {
  const [, value, unit] = new RegExp(`${percentile}\\s+([\\d.]+)(us|ms|s|m)`).exec(text) ?? [];
  return Number(value) * (MILLISECONDS[unit ?? ""] ?? Number.NaN);
}

function bytesIn(text: string): number {
  const [, value, unit] = /Transfer\/sec:\s+([\d.]+)([KMG]?B)/.exec(text) ?? [];
  return Number(value) * (BYTES[unit ?? ""] ?? Number.NaN);
}
