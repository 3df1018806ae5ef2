import type { Observation } from "./metrics.ts";

/** A request for the log. What it may carry of secrets (its query, its headers) is not in it. */
export interface LogEntry extends Observation {
  readonly time: Date;
  /** The peer of the connection; absent on a unix socket. */
  readonly remote?: string;
  /** What a balancer in front says of the client; anybody can write it. */
  readonly forwardedFor?: string;
  readonly user?: string;
  readonly path: string;
  readonly userAgent?: string;
}

export type LogFormat = "json" | "text" | "none";

/** Writes a line for each request, many at once. */
export interface AccessLog {
  write(entry: LogEntry): void;
  /** A message of the server itself. */
  note(message: string): void;
  flush(): void;
}

const LONGEST = 1024;
const FLUSH_MS = 200;
const FLUSH_LENGTH = 32 * 1024;

/** @param output takes whole lines */
export function createAccessLog(format: LogFormat, output: (lines: string) => void): AccessLog {
  let lines = "";
  let timer: Timer | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const text = lines;
    lines = "";
    if (text !== "") output(text);
  };
  const add = (line: string) => {
    lines += `${line}\n`;
    if (lines.length > FLUSH_LENGTH) flush();
    else timer ??= setTimeout(flush, FLUSH_MS);
  };
  if (format === "none") return { write() {}, note() {}, flush };
  const formatted = format === "json" ? jsonLine : textLine;
  return {
    write: (entry) => add(formatted(entry)),
    note: (message) =>
      add(format === "json" ? json({ time: new Date(), message }) : printable(message)),
    flush,
  };
}

function jsonLine(entry: LogEntry): string {
  const { time, remote, forwardedFor, user, method, path, status } = entry;
  return json({
    ...{ time, remote, forwardedFor, user, method, path: path.slice(0, LONGEST), status },
    ...{ bytes: entry.bytesOut, received: entry.bytesIn },
    durationMs: Math.round(entry.durationMs * 1000) / 1000,
    userAgent: entry.userAgent?.slice(0, LONGEST),
  });
}

/** JSON lets some characters pass that a terminal or a log's reader takes for a command or a line's end. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function textLine({ time, remote, user, method, path, status, ...entry }: LogEntry): string {
  const who = `${remote ?? "-"} ${user ?? "-"}`;
  const what = `"${method} ${path.slice(0, LONGEST)}" ${status} ${entry.bytesOut}`;
  const how = `${entry.durationMs.toFixed(1)}ms "${entry.userAgent?.slice(0, LONGEST) ?? "-"}"`;
  return printable(`${time.toISOString()} ${who} ${what} ${how}`);
}

function printable(text: string): string {
  return json(text).slice(1, -1).replaceAll('\\"', '"');
}
