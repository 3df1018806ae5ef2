import type { Digest } from "#oci";
import type { Status } from "./status.ts";

export interface CreatedContainer {
  readonly id: string;
  readonly name: string;
  readonly warnings: readonly string[];
}

export interface ExitStatus {
  /** The process's code, or 128 plus the signal that ended it. */
  readonly exitCode: number;
  /** Why it could not be started, where that is so. */
  readonly error?: string;
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

/** What a container has written: a whole line with its end, or what there is of one. */
export interface LogEntry {
  readonly stream: "stdout" | "stderr";
  /** RFC 3339 with nanoseconds, in UTC. */
  readonly time: string;
  readonly bytes: Uint8Array;
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

/** One path that differs from the image. */
export interface FileChange {
  readonly kind: "modified" | "added" | "deleted";
  readonly path: string;
  /** When it changed last, Unix milliseconds with fractions; not known of all that is deleted. */
  readonly changed?: number;
}
