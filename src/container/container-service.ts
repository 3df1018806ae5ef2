import type { Bytes } from "#bytes";
import type { Endpoint, NetworkMode } from "#network";
import type { Digest } from "#oci";
import type { ContainerConfig, HostConfig } from "./container-config.ts";
import type { Status } from "./status.ts";

export interface CreateOptions {
  /** Two words are made up when absent. */
  readonly name?: string;
  readonly config: ContainerConfig;
  readonly hostConfig?: HostConfig;
  /** It is for this process to start at once: when that dies before, the container goes with it. */
  readonly transient?: boolean;
}

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

export interface ExitStatus {
  /** The process's code, or 128 plus the signal that ended it. */
  readonly exitCode: number;
  /** Why it could not be started, where that is so. */
  readonly error?: string;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export interface RemoveOptions {
  /** Also when it runs: it is killed first. */
  readonly force?: boolean;
}

/** A container in a listing. Times are Unix milliseconds. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  /** As the user wrote it; its ID once that name stands for none or another. */
  readonly image: string;
  readonly imageId: Digest | undefined;
  /** The command line in one text. */
  readonly command: string;
  readonly created: number;
  readonly state: Status;
  readonly exitCode: number;
  /** When it was started last. */
  readonly started: number | undefined;
  readonly finished: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: NetworkMode;
  readonly endpoint: Endpoint | undefined;
  /** Target directories of what is mounted from outside. */
  readonly mounts: readonly string[];
}

/** What a migration to another storage driver has done. */
export interface Migration {
  /** The driver that is in use now. */
  readonly driver: string;
  /** Layers of other drivers that were removed, once they were there in the new form. */
  readonly layers: number;
  /** Containers whose changes were taken over. */
  readonly containers: number;
  /** Names of containers that are up and therefore were left as they are. */
  readonly running: readonly string[];
}

/** What Docker's `GET /containers/{id}/json` answers, in its order and names. */
export type ContainerInspect = Readonly<Record<string, unknown>> & {
  readonly Id: string;
  readonly Name: string;
};

/**
 * What can be done with containers: the face that the command line and the API server use.
 * Arguments and results are plain data and streams, so that it can be spoken over HTTP.
 *
 * A `name` is a container's name, its ID, or the start of its ID. An unknown one fails with
 * `not-found` in Docker's words.
 */
export interface ContainerService {
  /** Records a container; nothing runs yet. Fails with `not-found` when there is no such image. */
  create(options: CreateOptions): Promise<{ id: string; name: string; warnings: string[] }>;
  /**
   * Starts it. A command that cannot be executed fails with an error that has an `exitCode`, 127
   * or 126, which is left in the record. `signal` gives up as long as nothing runs.
   */
  start(name: string, options?: { signal?: AbortSignal }): Promise<void>;
  /** A line to its streams. Before the start it is connected first, so that no output is lost. */
  attach(name: string, options: AttachOptions): Promise<ContainerStreams>;
  /** Resolves when it has ended, and with `autoRemove` when it is gone. */
  wait(name: string, options?: { signal?: AbortSignal }): Promise<ExitStatus>;
  /** Sends a signal, `SIGKILL` when none is named; fails with `conflict` when it does not run. */
  kill(name: string, signal?: string): Promise<void>;
  /** Sets the size of its terminal; for whoever is attached. */
  resize(name: string, size: TerminalSize): Promise<void>;
  /** Removes it and everything of it; fails with `conflict` while it runs, unless forced. */
  remove(name: string, options?: RemoveOptions): Promise<void>;
  /** Newest first; only those that run, unless `all`. */
  list(options?: { all?: boolean }): Promise<ContainerSummary[]>;
  inspect(name: string): Promise<ContainerInspect>;
  /** Its merged file system as a tar, running or not. */
  export(name: string, options?: { signal?: AbortSignal }): Promise<Bytes>;
  /** Takes over all that other storage drivers have made. */
  migrate(): Promise<Migration>;
  /** Brings records, mounts and addresses in line with what a crash left. Cheap when all is well. */
  reconcile(): Promise<void>;
}
