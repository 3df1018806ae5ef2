import { constants } from "node:os";
import type { Engine } from "#engine";
import { KindedError } from "#errors";
import type { CredentialStore, Remote, RemoteNotice } from "#remote";
import type { FlagValues } from "./flags/index.ts";
import { type Output, openOutput, printable } from "./output/index.ts";
import type { Input } from "./prompt.ts";

/** The flags before the command. */
export const globalFlags = {
  root: { type: "string", help: "Directory of the store", value: "directory" },
  storageDriver: {
    type: "enum",
    choices: ["erofs", "overlay", "copy"],
    help: 'Storage driver ("erofs", "overlay", "copy")',
  },
  runtime: { type: "enum", choices: ["crun", "runc"], help: 'OCI runtime ("crun", "runc")' },
  registryMirror: {
    type: "list",
    help: "Mirror of Docker Hub to pull from (http[s]://host[:port])",
    value: "url",
  },
  insecureRegistry: {
    type: "list",
    help: "Registry without TLS or without a certificate to check (host[:port] or CIDR)",
    value: "host",
  },
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

export interface EngineUse {
  /** Nothing but records and blobs are read: an ordinary user can do that without namespaces. */
  readonly readsRecords?: boolean;
}

export interface RemoteAccess {
  /** More registries that are spoken to as with `--insecure-registry`. */
  readonly insecure?: readonly string[];
}

/** What a command works with: the only way to the outside for all of them. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The directory that relative paths start from. */
  readonly directory: string;
  /** The store that `--root` names. */
  readonly root?: string;
  /** The engine over the store; opened by the first call, disposed when the command ends. */
  engine(use?: EngineUse): Promise<Engine>;
  /** Registries, with the user's credentials, mirrors and certificates; the engine uses the same. */
  remote(access?: RemoteAccess): Promise<Remote>;
  /** Where the user's credentials for registries are kept. */
  credentials(): Promise<CredentialStore>;
  /** Hears what registries make us do, from now on; else it is a line on standard error. */
  onRemoteNotice(listener: (notice: RemoteNotice) => void): void;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP after this call; a second one ends the process. */
  interruption(): AbortSignal;
}

/** A context that must be disposed when its command has ended. */
export interface OpenContext extends CommandContext, AsyncDisposable {}

export function openContext(globals: GlobalFlags): OpenContext {
  let engine: Promise<Engine> | undefined;
  const stderr = openOutput(2);
  const registries = openRegistries(globals, stderr);
  return {
    stdout: openOutput(1),
    stderr,
    stdin: standardInput,
    environment: process.env,
    directory: process.cwd(),
    ...(globals.root !== undefined && { root: globals.root }),
    ...registries,
    engine(use = {}) {
      engine ??= openEngine(globals, registries.remote, use);
      return engine;
    },
    interruption,
    async [Symbol.asyncDispose]() {
      const opened = await engine?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    },
  };
}

const standardInput: Input = {
  get isTerminal() {
    return process.getBuiltinModule("node:tty").isatty(0);
  },
  async bytes(signal) {
    const { openInput } = await import("./input.ts");
    return openInput({ directory: "/" }, undefined, signal);
  },
  async hide() {
    const { hideInput } = await import("#kernel");
    return hideInput(0);
  },
};

function openRegistries(
  { registryMirror: mirrors, insecureRegistry }: GlobalFlags,
  stderr: Output,
): Pick<CommandContext, "remote" | "credentials" | "onRemoteNotice"> {
  const environment = process.env;
  const warn = (message: string) => stderr.write(`${printable(message)}\n`);
  let listener: ((notice: RemoteNotice) => void) | undefined;
  let store: Promise<CredentialStore> | undefined;
  const parts = () => import("./remote.ts");
  const credentials = () => {
    store ??= parts().then(({ openCredentials }) => openCredentials(environment, warn));
    return store;
  };
  return {
    credentials,
    async remote({ insecure = [] } = {}) {
      const settings = { environment, mirrors, insecure: [...insecureRegistry, ...insecure] };
      const { openRemote } = await parts();
      const { noticeText } = await import("./remote-notice.ts");
      const onNotice = (notice: RemoteNotice) =>
        listener ? listener(notice) : warn(noticeText(notice));
      return openRemote({ ...settings, credentials: await credentials(), onNotice });
    },
    onRemoteNotice(given) {
      listener = given;
    },
  };
}

async function openEngine(
  globals: GlobalFlags,
  remote: () => Promise<Remote>,
  { readsRecords = false }: EngineUse,
): Promise<Engine> {
  const { storeDirectories, userSide } = await import("./store-directories.ts");
  const directories = storeDirectories(globals.root, process.env);
  const side = userSide(process.env);
  const rootless = side === "neither" ? undefined : await import("./rootless.ts");
  if (side === "outside" && !readsRecords) await rootless?.enterNamespaces(directories);
  const { openEngine: open } = await import("#engine");
  const { storageDriver, runtime } = globals;
  return open({
    ...directories,
    ...(storageDriver && { storageDriver }),
    ...(runtime && { runtime }),
    ...(rootless && { program: rootless.programInside(directories) }),
    remote: () => remote(),
  });
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
