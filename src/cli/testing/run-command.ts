import { chunksOf } from "#bytes";
import type { ContainerService } from "#container";
import type { Engine, Info, StoreEvent } from "#engine";
import { fail } from "#errors";
import type { ImageService } from "#image";
import type { NetworkService } from "#network";
import type { CredentialStore, Remote } from "#remote";
import type { VolumeService } from "#volume";
import type { CommandContext } from "../context.ts";
import { type Command, parseArguments } from "../flags/index.ts";
import { type Output, reportError } from "../output/index.ts";

/** What a command meets: the services' methods that it is expected to call, and its surroundings. */
export interface Surroundings {
  readonly images?: Partial<ImageService>;
  readonly containers?: Partial<ContainerService>;
  readonly volumes?: Partial<VolumeService>;
  readonly networks?: Partial<NetworkService>;
  readonly events?: readonly StoreEvent[];
  readonly info?: Info;
  readonly remote?: Partial<Remote>;
  readonly credentials?: Partial<CredentialStore>;
  /** What is typed, where {@link isTerminal}, or piped in. */
  readonly input?: string;
  readonly directory?: string;
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line, errors reported as the program does. */
export async function runCommand(
  command: Command<CommandContext>,
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  const stdout = recording(surroundings.isTerminal);
  const stderr = recording(surroundings.isTerminal);
  let code: number;
  try {
    const parsed = parseArguments(args, { path: "shale test", flags: command.flags });
    code = await command.run(contextOf(surroundings, stdout, stderr), parsed);
  } catch (error) {
    code = reportError(error, stderr);
  }
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function contextOf(given: Surroundings, stdout: Output, stderr: Output): CommandContext {
  const engine: Engine = {
    images: async () => (given.images ?? {}) as ImageService,
    containers: async () => (given.containers ?? {}) as ContainerService,
    builder: () => fail("internal", "no command here builds"),
    volumes: async () => (given.volumes ?? {}) as VolumeService,
    networks: async () => (given.networks ?? {}) as NetworkService,
    async *events() {
      yield* given.events ?? [];
    },
    info: async () => given.info ?? fail("internal", "no info was given"),
    [Symbol.asyncDispose]: async () => {},
  };
  return {
    ...{ stdout, stderr, environment: {}, directory: given.directory ?? "/" },
    stdin: {
      isTerminal: given.isTerminal ?? false,
      bytes: async () => chunksOf(Buffer.from(given.input ?? "")),
      hide: async () => ({ [Symbol.dispose]: () => {} }),
    },
    engine: async () => engine,
    remote: async () => (given.remote ?? {}) as Remote,
    credentials: async () => (given.credentials ?? {}) as CredentialStore,
    onRemoteNotice: () => {},
    interruption: () => given.signal ?? new AbortController().signal,
  };
}

function recording(isTerminal = false): Output & { text(): string } {
  const chunks: Uint8Array[] = [];
  return {
    ...{ isTerminal, columns: 80, rows: 24 },
    write: (data) => void chunks.push(Buffer.from(data as string)),
    text: () => Buffer.concat(chunks).toString(),
  };
}
