/** Values by key, as `--filter` gives them. */
export type Filters = Readonly<Record<string, readonly string[]>>;

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
  /** One that is there already is given as it is; fails with `conflict` where it differs. */
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

/** What of a volume a container needs. */
export interface Volumes extends VolumeService {
  /** The directory with its content, as it is or will be. */
  directoryOf(name: string): string;
}
