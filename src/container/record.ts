import { fail } from "#errors";
import type { Endpoint, PublishedPort } from "#network";
import type { DiffId, Digest } from "#oci";
import type { Runtime } from "#runtime";
import type { ContainerRow } from "#state";
import type { ContainerConfig } from "./container-config.ts";
import type { EndpointConfig, HostConfig } from "./host-config.ts";
import type { Propagation } from "./mounts/mode.ts";
import type { RecordedShell } from "./recording/recorded-shell.ts";
import type { Status } from "./status.ts";

const VERSION = 1;

/** Something mounted from outside the image; who made the record has checked all of it. */
export interface MountPoint {
  readonly type: "bind" | "volume" | "tmpfs" | "image";
  /** The host's path; of a volume its directory, of an image its name. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation: Propagation | "";
  readonly mode: string;
  /** Of a volume. */
  readonly name?: string;
  /** The volume was made up for the container and goes with it. */
  readonly anonymous?: boolean;
  /** Of an image. */
  readonly image?: { readonly id: Digest; readonly layers: readonly DiffId[] };
  /** What of the volume or image is mounted, below its root. */
  readonly subpath?: string;
  /** A volume that is empty is not filled with what the image has there. */
  readonly noCopy?: boolean;
  /** A host directory that is missing is an error; `-v` makes it. */
  readonly mustExist?: boolean;
  /** Whether what is mounted below is read-only as well; where possible when absent. */
  readonly readOnlyBelow?: boolean;
  /** What is mounted below the source stays away. */
  readonly nonRecursive?: boolean;
  /** Of a tmpfs, as mount(8) has them. */
  readonly options?: readonly string[];
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
  /** What is asked of each network that it is in, by the network's name. */
  readonly networks?: Readonly<Record<string, EndpointConfig>>;
  /** What it has in them while it is up. */
  readonly endpoints?: Readonly<Record<string, Endpoint>> | undefined;
  /** What is published of it while it is up. */
  readonly ports?: readonly PublishedPort[] | undefined;
  /** It looks into another container, whose root it has in place of one of its own. */
  readonly debug?: { readonly container: string };
  /** What is typed in it is recorded. */
  readonly recording?: RecordedShell | undefined;
  /** Which OCI runtime it was started with. */
  readonly runtime?: Runtime["name"] | undefined;
  /** Its first process, while it is up. */
  readonly pid?: number | undefined;
  /**
   * Its supervisor, or who waits to start it again: the pid, and the start time that makes it
   * unmistakable.
   */
  readonly monitor?: { readonly pid: number; readonly start: number } | undefined;
  readonly started?: number | undefined;
  readonly finished?: number | undefined;
  readonly exitCode: number;
  readonly error: string;
  readonly oomKilled?: boolean;
  /** It has ended, the event says so, and what it had is being given back. */
  readonly endTold?: boolean | undefined;
  /** How often its restart policy has started it again since somebody did. */
  readonly restartCount?: number;
  /** Somebody stopped it: no policy starts it again. */
  readonly stopped?: boolean;
  /** Somebody restarts it: this end does not remove it. */
  readonly keep?: boolean;
  /** Milliseconds from its last end to the start by its restart policy. */
  readonly restartDelay?: number | undefined;
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
  fields: Pick<
    ContainerRecord,
    "config" | "hostConfig" | "layers" | "mounts" | "networks" | "starter" | "recording"
  >,
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
