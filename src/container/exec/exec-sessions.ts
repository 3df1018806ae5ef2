import { fail } from "#errors";
import {
  execAttached,
  readExecPid,
  resizeTerminal,
  StartFailure,
  superviseExec,
  superviseExecDetached,
} from "#runtime";
import type {
  ExecConfig,
  ExecInspect,
  ExecStreams,
  RunningExec,
  TerminalSize,
} from "../container-service.ts";
import { type ContainerStore, runtimeOf } from "../container-store.ts";
import { parseDetachKeys } from "../detach-keys.ts";
import { noteEvent } from "../events.ts";
import { type Container, parseContainer } from "../record.ts";
import { execProcess } from "./exec-process.ts";
import { endSession, exitCodeOf, isRunning } from "./session-end.ts";
import {
  claimEnd,
  claimSession,
  createSession,
  type ExecSession,
  findSession,
  saveExitCode,
} from "./session-files.ts";

const NOT_STARTED = 126;

/** Processes that are run in containers beside their own. Any process finds them again. */
export class ExecSessions {
  readonly #store: ContainerStore;

  constructor(store: ContainerStore) {
    this.#store = store;
  }

  create(container: Container, config: ExecConfig): string {
    if (config.Cmd.length === 0) fail("invalid-argument", "No exec command specified");
    checkRunning(container);
    parseDetachKeys(config.DetachKeys);
    const session = createSession(this.#store, container.id, config);
    this.#note(container, session, "exec_create");
    return session.id;
  }

  async start(id: string, streams: ExecStreams): Promise<RunningExec> {
    const { session, container, options } = this.#begin(id);
    const starting = session.config.Tty
      ? startSupervised(options, streams)
      : startAttached(options, streams);
    const started = await orFailed(session, starting);
    const exited = started.exited.then((exitCode) => {
      if (exitCode !== undefined) endSession(this.#store, container, session, exitCode);
      return exitCode;
    });
    return { ...started, exited, resize: (size) => resizeTerminal(session.directory, size) };
  }

  async startDetached(id: string): Promise<void> {
    const { session, options } = this.#begin(id);
    await orFailed(session, superviseExecDetached(options));
  }

  inspect(id: string): ExecInspect {
    const session = findSession(this.#store, id);
    const { containerId, directory, config } = session;
    const [entrypoint, ...args] = config.Cmd;
    return {
      ID: id,
      Running: isRunning(session),
      ExitCode: exitCodeOf(session) ?? null,
      ProcessConfig: {
        tty: config.Tty ?? false,
        entrypoint,
        arguments: args,
        privileged: config.Privileged ?? false,
        ...(config.User && { user: config.User }),
      },
      OpenStdin: config.AttachStdin ?? false,
      OpenStderr: config.AttachStderr ?? false,
      OpenStdout: config.AttachStdout ?? false,
      CanRemove: false,
      ContainerID: containerId,
      DetachKeys: Buffer.from(parseDetachKeys(config.DetachKeys)).toString("base64"),
      Pid: readExecPid(directory) ?? 0,
    };
  }

  resize(id: string, size: TerminalSize): void {
    const session = findSession(this.#store, id);
    if (!this.inspect(id).Running) fail("conflict", `exec instance ${id} is not running`);
    resizeTerminal(session.directory, size);
  }

  /** For its supervisor, when it has ended; not for one whose container has ended with it. */
  ended(id: string): void {
    const session = findSession(this.#store, id);
    const exitCode = exitCodeOf(session);
    if (exitCode !== undefined)
      endSession(this.#store, this.#containerOf(session), session, exitCode);
  }

  /** Once for each session, in a container that runs now. */
  #begin(id: string) {
    const session = findSession(this.#store, id);
    const container = this.#containerOf(session);
    checkRunning(container);
    const { directory } = session;
    const runtime = runtimeOf(this.#store, container);
    claimSession(session);
    const process = this.#processOf(session, container);
    this.#note(container, session, "exec_start");
    const exitCommand = [...this.#store.program, "container", "exited", container.id, id];
    const options = { runtime, id: container.id, process, directory, exitCommand };
    return { session, container, options };
  }

  #processOf(session: ExecSession, container: Container) {
    try {
      return execProcess(this.#store, container, session.config);
    } catch (error) {
      return failSession(session, error);
    }
  }

  #containerOf({ containerId }: ExecSession): Container {
    const row = this.#store.state.containers.get(containerId);
    return row ? parseContainer(row) : fail("not-found", `No such container: ${containerId}`);
  }

  #note(container: Container, { id, config }: ExecSession, action: string): void {
    const [program, ...args] = config.Cmd;
    noteEvent(this.#store, container, `${action}: ${program} ${args.join(" ")}`, { execID: id });
  }
}

type Started = Pick<RunningExec, "exited"> & Disposable;
type Options = Parameters<typeof superviseExec>[0];

async function startAttached(options: Options, streams: ExecStreams): Promise<Started> {
  const left = Promise.withResolvers<undefined>();
  const { exited } = await execAttached(options, streams);
  return {
    exited: Promise.race([exited, left.promise]),
    [Symbol.dispose]: () => left.resolve(undefined),
  };
}

async function startSupervised(options: Options, streams: ExecStreams): Promise<Started> {
  const { attachment, exited } = await superviseExec(options, streams);
  const code = attachment.done.then((how) => (how === "ended" ? exited : undefined));
  return { exited: code, [Symbol.dispose]: () => attachment[Symbol.dispose]() };
}

async function orFailed<T>(session: ExecSession, starting: Promise<T>): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    return failSession(session, error);
  }
}

/** What cannot be started has ended, too, with Docker's code for that, and without a word. */
function failSession(session: ExecSession, error: unknown): never {
  claimEnd(session);
  saveExitCode(session, error instanceof StartFailure ? error.exitCode : NOT_STARTED);
  throw error;
}

/** Fails with `conflict` in Docker's words where nothing can be run in the container now. */
function checkRunning({ id, name, status }: Container): void {
  switch (status) {
    case "running":
      return;
    case "paused":
      fail("conflict", `Container ${name} is paused, unpause the container before exec`);
      break;
    case "restarting":
      fail("conflict", `Container ${id} is restarting, wait until the container is running`);
      break;
    default:
      fail("conflict", `Container ${id} is not running`);
  }
}
