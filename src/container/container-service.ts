import type { Bytes } from "#bytes";
import type { Digest } from "#oci";
import type {
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  CreatedContainer,
  ExecInspect,
  ExitStatus,
  FileChange,
  LogEntry,
  Migration,
  PathStat,
  ProcessList,
  PruneResult,
} from "./container-documents.ts";
import type {
  CommitOptions,
  CopyInOptions,
  CreateOptions,
  DebugOptions,
  ExecConfig,
  Filters,
  ListOptions,
  LogOptions,
  RemoveOptions,
  StopOptions,
  TerminalSize,
  UpdateOptions,
  WaitOptions,
} from "./container-requests.ts";
import type { EndpointConfig } from "./host-config.ts";

export type * from "./container-documents.ts";
export type * from "./container-requests.ts";

/** Takes output as it comes; the container waits for what it returns. */
export type OutputSink = (chunk: Uint8Array) => void | Promise<void>;

export interface AttachOptions {
  /** What goes to standard input; its end closes it there. Nothing is sent when absent. */
  readonly stdin?: Bytes;
  /** Of a container with a terminal, all output comes here. */
  readonly stdout: OutputSink;
  readonly stderr: OutputSink;
}

/** A live line to a container's streams; disposing it lets the container go on without us. */
export interface ContainerStreams extends Disposable {
  /**
   * Resolves when the container has ended and all its output has come, or when disposed. Fails
   * with what a sink fails with.
   */
  readonly done: Promise<void>;
}

/**
 * What an exec session's streams are connected to. They are pipes inside, never our own files:
 * through /proc/self/fd a container could open those anew, for writing.
 */
export type ExecStreams = AttachOptions;

/** A process that `startExec` has started. */
export interface RunningExec extends Disposable {
  /** Its exit code once it has ended and all its output has come; undefined when disposed before. */
  readonly exited: Promise<number | undefined>;
  resize(size: TerminalSize): void;
}

/**
 * What can be done with containers: the face that the command line and the API server use.
 * Arguments and results are plain data and streams, so that it can be spoken over HTTP.
 *
 * A `name` is a container's name, its ID, or the start of its ID. An unknown one fails with
 * `not-found` in Docker's words. What cannot be done in the container's present state fails with
 * `conflict` and says the state.
 */
export interface ContainerService {
  /** Records a container; nothing runs yet. Fails with `not-found` when there is no such image. */
  create(options: CreateOptions): Promise<CreatedContainer>;
  /**
   * Starts it; one that is up stays as it is, which is told by false. A command that cannot be
   * executed fails with an error that has an `exitCode`, 127 or 126, which is left in the record.
   * `signal` gives up as long as nothing runs.
   */
  start(name: string, options?: { signal?: AbortSignal }): Promise<boolean>;
  /** Asks it to end, and kills it when it does not; false when it was down already. */
  stop(name: string, options?: StopOptions): Promise<boolean>;
  restart(name: string, options?: StopOptions): Promise<void>;
  /** Sends a signal, `SIGKILL` when none is named; fails with `conflict` when it does not run. */
  kill(name: string, signal?: string): Promise<void>;
  pause(name: string): Promise<void>;
  unpause(name: string): Promise<void>;
  /** Resolves when it has ended, and with `autoRemove` when it is gone. */
  wait(name: string, options?: WaitOptions): Promise<ExitStatus>;
  rename(name: string, newName: string): Promise<void>;
  /** Changes limits, also of one that runs, and the restart policy. */
  update(name: string, options: UpdateOptions): Promise<{ warnings: readonly string[] }>;
  /** Removes it and everything of it; fails with `conflict` while it runs, unless forced. */
  remove(name: string, options?: RemoveOptions): Promise<void>;
  /** Removes those that are down; filters `until`, `label`, `label!`. */
  prune(filters?: Filters): Promise<PruneResult>;
  /** Newest first; only those that run, unless `all`. */
  list(options?: ListOptions): Promise<ContainerSummary[]>;
  inspect(name: string, options?: { size?: boolean }): Promise<ContainerInspect>;
  top(name: string, psArguments?: readonly string[]): Promise<ProcessList>;
  /** Samples, one a second, until it is removed or `signal`; with `once` a single one. */
  stats(
    name: string,
    options?: { once?: boolean; signal?: AbortSignal },
  ): AsyncIterable<ContainerStats>;

  /** A line to its streams. Before the start it is connected first, so that no output is lost. */
  attach(name: string, options: AttachOptions): Promise<ContainerStreams>;
  /** Sets the size of its terminal. */
  resize(name: string, size: TerminalSize): Promise<void>;
  /** In batches, as they are read. Fails with `unsupported` where the log driver keeps nothing. */
  logs(name: string, options?: LogOptions): AsyncIterable<readonly LogEntry[]>;

  /** Prepares a process in a container that runs; gives the session's ID. */
  createExec(name: string, config: ExecConfig): Promise<string>;
  /** Starts it with streams on it. A command that cannot be executed fails as with `start`. */
  startExec(id: string, streams: ExecStreams): Promise<RunningExec>;
  /** Starts it and leaves it to itself. */
  startExecDetached(id: string): Promise<void>;
  inspectExec(id: string): Promise<ExecInspect>;
  resizeExec(id: string, size: TerminalSize): Promise<void>;

  /** Where `path` leads inside, links on the way followed inside; fails with `not-found`. */
  statPath(name: string, path: string): Promise<PathStat>;
  /** A tar of the file or directory at `path`, named as the last part of it. */
  copyFrom(
    name: string,
    path: string,
    options?: { signal?: AbortSignal },
  ): Promise<{ stat: PathStat; archive: Bytes }>;
  /** Unpacks a tar, plain or compressed, into the directory `path`. */
  copyTo(name: string, path: string, archive: Bytes, options?: CopyInOptions): Promise<void>;
  /** What it has changed of its image, sorted by path. */
  changes(name: string): Promise<FileChange[]>;
  /** Makes an image of it, whose top layer is the difference. */
  commit(name: string, options?: CommitOptions): Promise<{ id: Digest }>;
  /** Its merged file system as a tar, running or not. */
  export(name: string, options?: { signal?: AbortSignal }): Promise<Bytes>;
  /** A container to be started, that looks into another one, or into an image, with tools. */
  createDebug(target: string, options?: DebugOptions): Promise<CreatedContainer>;

  /** Adds it to a network, at once when it is up. */
  connect(name: string, network: string, endpoint?: EndpointConfig): Promise<void>;
  disconnect(name: string, network: string, options?: { force?: boolean }): Promise<void>;

  /** Takes over all that other storage drivers have made. */
  migrate(): Promise<Migration>;
  /** Brings records, mounts and addresses in line with what a crash left. Cheap when all is well. */
  reconcile(): Promise<void>;
  /** Starts what should run after a reboot, by its restart policy; gives the names. */
  restore(): Promise<readonly string[]>;
  /**
   * What a container's supervisor asks for when it has ended: record it, restart or remove it.
   * Gives the seconds after which it is to ask again, undefined when there is nothing to do. With
   * `exec` it is that process beside it which has ended.
   */
  exited(id: string, exec?: string): Promise<number | undefined>;
  /** Makes one health check; gives the seconds until the next, undefined when there is none. */
  checkHealth(id: string): Promise<number | undefined>;
}
