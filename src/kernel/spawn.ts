import { existsSync } from "node:fs";
import type { Bytes, Chunk } from "#bytes";
import { fail } from "#errors";
import { formatSignal } from "./signals.ts";
import { failMissing } from "./tool.ts";

/** Where a stream of a child goes: a pipe to us, our own, nowhere, or an open descriptor. */
export type Stdio = "pipe" | "inherit" | "ignore" | number;

export interface SpawnOptions {
  readonly cwd?: string;
  /** The whole environment; ours when absent. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Stdio;
  readonly stdout?: Stdio;
  readonly stderr?: Stdio;
  /** Descriptors 3 and up. Our ends of the pipes among them are {@link Child.extra}. */
  readonly extra?: readonly Stdio[];
  /** Kills the child (SIGKILL) when aborted. */
  readonly signal?: AbortSignal;
  /** In a session of its own, so that the terminal's signals do not reach it. */
  readonly detached?: boolean;
  /** A new pseudo-terminal of this size in place of the three streams. */
  readonly terminal?: {
    readonly rows: number;
    readonly columns: number;
    readonly onData: (chunk: Chunk) => void;
  };
}

/** How a process ended: its code, or 128 plus the number of the signal that killed it. */
export interface Exit {
  readonly code: number;
  readonly signal?: string;
}

/** A running child process. */
export interface Child {
  readonly pid: number;
  readonly stdin: ChildInput | undefined;
  readonly stdout: Bytes | undefined;
  readonly stderr: Bytes | undefined;
  readonly extra: readonly number[];
  readonly terminal: Bun.Terminal | undefined;
  readonly exited: Promise<Exit>;
  kill(signal: number | NodeJS.Signals): void;
  /** Lets our own process end before it. */
  unref(): void;
}

/** The writing end of a child's standard input. */
export interface ChildInput {
  /** Resolves when the child has room for more; false says that it reads no more. */
  write(chunk: Chunk): Promise<boolean>;
  end(): Promise<void>;
}

/**
 * Starts a program. Fails with `failed-precondition` and how to install it when it is missing,
 * and with `not-found` when `cwd` is.
 */
export function spawnProcess(argv: readonly string[], options: SpawnOptions = {}): Child {
  const started = startProcess(argv, options);
  return {
    pid: started.pid,
    stdin: asInput(started.stdin),
    stdout: asBytes(started.stdout),
    stderr: asBytes(started.stderr),
    extra: started.stdio.slice(3).filter((fd) => typeof fd === "number"),
    terminal: started.terminal,
    exited: started.exited.then((code) => exitOf(code, started.signalCode)),
    kill: (signal) => started.kill(signal),
    unref: () => started.unref(),
  };
}

function startProcess(argv: readonly string[], options: SpawnOptions) {
  const { stdin = "ignore", stdout = "pipe", stderr = "pipe", extra = [], terminal } = options;
  try {
    return Bun.spawn([...argv], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
      ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: "SIGKILL" }),
      detached: options.detached ?? false,
      ...(terminal === undefined
        ? { stdio: [stdin, stdout, stderr, ...extra] }
        : { terminal: terminalOf(terminal) }),
    });
  } catch (error) {
    return failStart(argv[0] ?? "", options, error);
  }
}

function terminalOf(terminal: NonNullable<SpawnOptions["terminal"]>): Bun.TerminalOptions {
  const { rows, columns, onData } = terminal;
  return { rows, cols: columns, data: (_, chunk) => onData(chunk) };
}

function failStart(program: string, { cwd }: SpawnOptions, error: unknown): never {
  if (cwd !== undefined && !existsSync(cwd))
    fail("not-found", `cannot start ${program}: no directory ${cwd}`, error);
  const { code } = error as { code?: string };
  if (code === "ENOENT" && Bun.which(program) === null) failMissing(program);
  return fail("internal", `cannot start ${program}: ${code ?? error}`, error);
}

function exitOf(code: number, signal: NodeJS.Signals | number | null): Exit {
  if (signal === null) return { code };
  return { code, signal: typeof signal === "number" ? formatSignal(signal) : signal };
}

function asBytes(stream: unknown): Bytes | undefined {
  return stream instanceof ReadableStream ? (stream as unknown as Bytes) : undefined;
}

function asInput(sink: Bun.FileSink | number | undefined): ChildInput | undefined {
  if (sink === undefined || sink === null || typeof sink === "number") return undefined;
  return {
    write: async (chunk) => {
      const written = await unlessBroken(() => sink.write(chunk));
      // A sink whose child is gone takes anything, and says so by giving no length.
      return typeof written === "number" && (await unlessBroken(() => sink.flush())) !== undefined;
    },
    end: async () => void (await unlessBroken(() => sink.end())),
  };
}

async function unlessBroken<T>(action: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if ((error as { code?: string }).code !== "EPIPE") throw error;
    return undefined;
  }
}

/** The bytes that come out of an open descriptor, such as our end of an extra pipe. */
export function readDescriptor(fd: number): Bytes {
  return Bun.file(fd).stream() as unknown as Bytes;
}
