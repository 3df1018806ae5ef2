import type { Filters } from "#filters";

export interface CreateVolumeOptions {
  /** 64 hex digits are made up when absent, and the volume counts as anonymous. */
  readonly name?: string;
  /** `local` is the only one. */
  readonly driver?: string;
  /** `type`, `device` and `o`, as mount(8) has them; nothing is mounted when absent. */
  readonly options?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What Docker's `GET /volumes/{name}` answers. */
export interface VolumeDocument {
  readonly CreatedAt: string;
  readonly Driver: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Mountpoint: string;
  readonly Name: string;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Scope: "local";
}

/** Named directories that outlive containers. An unknown name fails with `not-found`. */
export interface VolumeService {
  /** One that is there already is given as it is; fails with `conflict` where the driver differs. */
  create(options?: CreateVolumeOptions): Promise<VolumeDocument>;
  /** By name; filters `name`, `driver`, `label`, `dangling`. */
  list(filters?: Filters): Promise<VolumeDocument[]>;
  inspect(name: string): Promise<VolumeDocument>;
  /** Fails with `conflict` while a container has it; `force` forgives a missing one. */
  remove(name: string, options?: { force?: boolean }): Promise<void>;
  /** Removes what no container has: anonymous ones, with the filter `all=true` named ones too. */
  prune(
    filters?: Filters,
  ): Promise<{ readonly removed: readonly string[]; readonly bytes: number }>;
}

/** A volume that a container asks for. */
export interface ClaimedVolume extends CreateVolumeOptions {
  readonly name: string;
  /** Made up for this container. */
  readonly anonymous: boolean;
}

/** What of volumes containers need. */
export interface Volumes extends VolumeService {
  /** The directory with its content, as it is or will be. */
  directoryOf(name: string): string;
  /** Records that a container, running or not, has it; makes it when missing. For transactions. */
  claim(volume: ClaimedVolume, container: string): void;
  /** Makes its directory ready for a container that starts, and mounts what is to be mounted. */
  open(name: string, container: string): Promise<string>;
  /**
   * Gives it, when it is open and empty, what is in the directory `origin`, whole or not at all.
   * The same for a `part` of it that is mounted elsewhere, but for what a crash leaves.
   */
  fill(name: string, origin: string, part?: string): Promise<void>;
  /** A container is down: what was mounted for it alone is unmounted. */
  close(container: string): Promise<void>;
}
