import type { Bytes } from "#bytes";
import type { Digest } from "#oci";
import type { ContainerConfig } from "./container-config.ts";
import type {
  EndpointConfig,
  HostConfig,
  NetworkingConfig,
  Resources,
  RestartPolicy,
} from "./host-config.ts";
import type { RecordedShell } from "./recording/recorded-shell.ts";
import type { Status } from "./status.ts";

export interface CreateOptions {
  /** Two words are made up when absent. */
  readonly name?: string;
  readonly config: ContainerConfig;
  readonly hostConfig?: HostConfig;
  readonly networkingConfig?: NetworkingConfig;
  /** It is for this process to start at once: when that dies before, the container goes with it. */
  readonly transient?: boolean;
  /** What runs in place of its command, and is no part of its config. */
  readonly recording?: RecordedShell;
}

export interface CreatedContainer {
  readonly id: string;
  readonly name: string;
  readonly warnings: readonly string[];
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

export interface WaitOptions {
  /** `not-running` returns at once for one that is down; `next-exit` does not. */
  readonly condition?: "not-running" | "next-exit" | "removed";
  readonly signal?: AbortSignal;
}

export interface StopOptions {
  /** Seconds until it is killed, -1 for never; the container's own when absent. */
  readonly timeout?: number;
  /** In place of the container's own. */
  readonly signal?: string;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export interface RemoveOptions {
  /** Also when it runs: it is killed first. */
  readonly force?: boolean;
  /** Its anonymous volumes too. */
  readonly volumes?: boolean;
}

export interface UpdateOptions extends Resources {
  readonly RestartPolicy?: RestartPolicy;
}

/** Values by key, as `--filter` gives them. */
export type Filters = Readonly<Record<string, readonly string[]>>;

export interface ListOptions {
  readonly all?: boolean;
  /** The newest so many, whatever their state. */
  readonly last?: number;
  /**
   * `id`, `name`, `label`, `exited`, `status`, `ancestor`, `before`, `since`, `volume`, `network`,
   * `publish`, `expose`, `health`, `is-task`.
   */
  readonly filters?: Filters;
  /** With the sizes, which costs walking through the files. */
  readonly size?: boolean;
}

export interface PortSummary {
  readonly ip?: string;
  readonly privatePort: number;
  readonly publicPort?: number;
  readonly type: "tcp" | "udp" | "sctp";
}

export type HealthStatus = "none" | "starting" | "healthy" | "unhealthy";

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
  readonly health: HealthStatus;
  readonly exitCode: number;
  /** When it was started last. */
  readonly started: number | undefined;
  readonly finished: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly networkMode: string;
  /** Its networks by name, with what it has in them while it is up (Docker's EndpointSettings). */
  readonly networks: Readonly<Record<string, EndpointDocument>>;
  readonly ports: readonly PortSummary[];
  /** Docker's `Mounts` of the inspect document. */
  readonly mounts: readonly MountDocument[];
  /** Bytes it has written, and those with its image's; when asked for. */
  readonly size?: { readonly own: number; readonly root: number };
}

/** Docker's EndpointSettings: what a container has in a network, and what it asked for. */
export type EndpointDocument = Readonly<Record<string, unknown>> & { readonly NetworkID: string };

/** A mount as Docker's inspect document shows it. */
export interface MountDocument {
  readonly Type: string;
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly Driver?: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
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

export interface PruneResult {
  /** IDs, or names of volumes. */
  readonly removed: readonly string[];
  readonly bytes: number;
}

export interface LogOptions {
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  /** Waits for more, until the container ends or `signal`. */
  readonly follow?: boolean;
  /** The last so many lines; all when absent. */
  readonly tail?: number;
  /** Unix milliseconds, with fractions. */
  readonly since?: number;
  readonly until?: number;
  /** Before each line stands what the log options say of it, `key=value,…` and a space. */
  readonly details?: boolean;
  readonly signal?: AbortSignal;
}

/** What a container has written: a whole line with its end, or what there is of one. */
export interface LogEntry {
  readonly stream: "stdout" | "stderr";
  /** RFC 3339 with nanoseconds, in UTC. */
  readonly time: string;
  readonly bytes: Uint8Array;
}

/** One process to run in a container that is up, in the names of Docker's API. */
export interface ExecConfig {
  readonly Cmd: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Tty?: boolean;
  readonly Privileged?: boolean;
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly DetachKeys?: string;
  readonly ConsoleSize?: readonly [rows: number, columns: number];
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

/** What Docker's `GET /exec/{id}/json` answers. */
export interface ExecInspect {
  readonly ID: string;
  readonly ContainerID: string;
  readonly Running: boolean;
  readonly ExitCode: number | null;
  readonly Pid: number;
  readonly ProcessConfig: Readonly<Record<string, unknown>>;
  readonly OpenStdin: boolean;
  readonly OpenStdout: boolean;
  readonly OpenStderr: boolean;
  readonly CanRemove: boolean;
  readonly DetachKeys: string;
}

/** What `ps` says of a container's processes. */
export interface ProcessList {
  readonly titles: readonly string[];
  readonly processes: readonly (readonly string[])[];
}

/** One sample, as Docker's `GET /containers/{id}/stats` has it. */
export type ContainerStats = Readonly<Record<string, unknown>>;

/** A file as Docker's archive endpoints describe it (`X-Docker-Container-Path-Stat`). */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  /** Go's os.FileMode bits. */
  readonly mode: number;
  /** RFC 3339 with nanoseconds. */
  readonly mtime: string;
  readonly linkTarget: string;
}

export interface CopyInOptions {
  /** Everything becomes the user's that the container runs as; else owners are the archive's. */
  readonly copyUidGid?: boolean;
  /** Refuses to put a file in a directory's place and the other way round. */
  readonly noOverwriteDirNonDir?: boolean;
  readonly signal?: AbortSignal;
}

/** One path that differs from the image. */
export interface FileChange {
  readonly kind: "modified" | "added" | "deleted";
  readonly path: string;
  /** When it changed last, Unix milliseconds with fractions; not known of all that is deleted. */
  readonly changed?: number;
}

export interface CommitOptions {
  /** What the image is called, `REPO[:TAG]`; it has no name when absent. */
  readonly name?: string;
  readonly author?: string;
  readonly message?: string;
  /** Dockerfile instructions to apply to the config. */
  readonly changes?: readonly string[];
  /** Whether its processes stand still meanwhile; they do when absent. */
  readonly pause?: boolean;
  /** In place of the container's own, before `changes`. */
  readonly config?: Partial<ContainerConfig>;
  readonly signal?: AbortSignal;
}

export interface DebugOptions {
  /** An image whose root file system has the tools; the host's static busybox when absent. */
  readonly tools?: string;
  readonly command?: readonly string[];
  readonly tty?: boolean;
  readonly interactive?: boolean;
  readonly consoleSize?: readonly [rows: number, columns: number];
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
