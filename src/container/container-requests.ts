import type { ContainerConfig } from "./container-config.ts";
import type { HostConfig, NetworkingConfig, Resources, RestartPolicy } from "./host-config.ts";
import type { RecordedShell } from "./recording/recorded-shell.ts";

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

export interface CopyInOptions {
  /** Everything becomes the user's that the container runs as; else owners are the archive's. */
  readonly copyUidGid?: boolean;
  /** Refuses to put a file in a directory's place and the other way round. */
  readonly noOverwriteDirNonDir?: boolean;
  readonly signal?: AbortSignal;
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
