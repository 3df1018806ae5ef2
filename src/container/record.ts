import { fail } from "#errors";
import type { Endpoint } from "#network";
import type { DiffId, Digest } from "#oci";
import type { Runtime } from "#runtime";
import type { ContainerRow } from "#state";
import type { Propagation } from "./bind.ts";
import type { ContainerConfig, HostConfig } from "./container-config.ts";
import type { Status } from "./status.ts";

const VERSION = 1;

/** Something mounted from outside the image. */
export interface MountPoint {
  readonly type: "bind" | "volume";
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation: Propagation | "";
  readonly mode: string;
}

/** A process, unmistakably: pids are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly start: number;
  readonly boot: string;
}

/** What is known of a container, as stored. Times are Unix milliseconds. */
export interface ContainerRecord {
  readonly version: typeof VERSION;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** The image's, lowest first. */
  readonly layers: readonly DiffId[];
  readonly mounts: readonly MountPoint[];
  readonly endpoint?: Endpoint | undefined;
  /** Which OCI runtime it was started with. */
  readonly runtime?: Runtime["name"] | undefined;
  /** Its first process, while it is up. */
  readonly pid?: number | undefined;
  /** Its supervisor: the pid, and the start time that makes it unmistakable. */
  readonly monitor?: { readonly pid: number; readonly start: number } | undefined;
  readonly started?: number | undefined;
  readonly finished?: number | undefined;
  readonly exitCode: number;
  readonly error: string;
  /** Who made it and is about to start it: it is of no use to anybody else. */
  readonly starter?: ProcessIdentity | undefined;
}

/** A container: its row with the record inside it read. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly image: Digest | undefined;
  readonly status: Status;
  readonly created: number;
  readonly record: ContainerRecord;
}

/** Fails with `data-loss` for what this program did not write. */
export function parseContainer(row: ContainerRow): Container {
  const record = parseRecord(row.record);
  if (record?.version !== VERSION) {
    fail(
      "data-loss",
      `the record of container ${row.name} cannot be read: another version wrote it`,
    );
  }
  return { ...row, status: row.status as Status, record };
}

export function formatContainer(container: Container): ContainerRow {
  return { ...container, record: JSON.stringify(container.record) };
}

export function newRecord(
  fields: Pick<ContainerRecord, "config" | "hostConfig" | "layers" | "mounts" | "starter">,
): ContainerRecord {
  return { version: VERSION, ...fields, exitCode: 0, error: "" };
}

function parseRecord(text: string): ContainerRecord | undefined {
  try {
    return JSON.parse(text) as ContainerRecord;
  } catch {
    return undefined;
  }
}
