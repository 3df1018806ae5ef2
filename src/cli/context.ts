import { constants } from "node:os";
import type { Engine } from "#engine";
import { KindedError } from "#errors";
import type { FlagValues } from "./flags/index.ts";
import { type Output, openOutput } from "./output/index.ts";

/** The flags before the command. */
export const globalFlags = {
  root: { type: "string", help: "Directory of the store", value: "directory" },
  storageDriver: {
    type: "enum",
    choices: ["erofs", "overlay", "copy"],
    help: 'Storage driver ("erofs", "overlay", "copy")',
  },
  runtime: { type: "enum", choices: ["crun", "runc"], help: 'OCI runtime ("crun", "runc")' },
  version: { type: "bool", short: "v", help: "Print version information and quit" },
} as const;

export type GlobalFlags = FlagValues<typeof globalFlags>;

const INTERRUPTING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The user or the system asked us to stop: ends the program as the signal itself would have. */
class Interrupted extends KindedError {
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super("cancelled", `interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** What a command works with: the only way to the outside for all of them. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The directory that relative paths start from. */
  readonly directory: string;
  /** The engine over the store; opened by the first call, disposed when the command ends. */
  engine(): Promise<Engine>;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP after this call; a second one ends the process. */
  interruption(): AbortSignal;
}

/** A context that must be disposed when its command has ended. */
export interface OpenContext extends CommandContext, AsyncDisposable {}

export function openContext(globals: GlobalFlags): OpenContext {
  let engine: Promise<Engine> | undefined;
  return {
    stdout: openOutput(1),
    stderr: openOutput(2),
    environment: process.env,
    directory: process.cwd(),
    engine() {
      engine ??= openEngine(globals);
      return engine;
    },
    interruption,
    async [Symbol.asyncDispose]() {
      const opened = await engine?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    },
  };
}

async function openEngine(globals: GlobalFlags): Promise<Engine> {
  if (process.getuid?.() !== 0) await becomeRootless();
  const { openEngine: open } = await import("#engine");
  const { storeDirectories } = await import("./store-directories.ts");
  const { storageDriver, runtime } = globals;
  return open({
    ...storeDirectories(globals.root, process.env),
    ...(storageDriver && { storageDriver }),
    ...(runtime && { runtime }),
  });
}

/** A user without privilege works as root of a namespace of their own. */
async function becomeRootless(): Promise<never> {
  const { enterUserNamespace } = await import("#kernel");
  const { ROOTLESS } = await import("./store-directories.ts");
  const compiled = Bun.main.startsWith("/$bunfs/");
  const script = compiled ? [] : [Bun.main];
  const self = [process.execPath, ...script, ...process.argv.slice(2)];
  return enterUserNamespace(["env", `${ROOTLESS}=1`, ...self]);
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals) => {
    for (const name of INTERRUPTING) process.removeListener(name, abort);
    controller.abort(new Interrupted(signal));
  };
  for (const name of INTERRUPTING) process.on(name, abort);
  return controller.signal;
}
