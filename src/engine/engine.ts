import type { BuildService } from "#build";
import type { ContainerService } from "#container";
import type { ImageService } from "#image";
import type { NetworkService } from "#network";
import type { Remote } from "#remote";
import type { VolumeService } from "#volume";
import type { EventOptions, StoreEvent } from "./events.ts";

/** What `info` says of the store and of what shale works with here. */
export interface Info {
  readonly root: string;
  readonly images: number;
  readonly containers: {
    readonly total: number;
    readonly running: number;
    readonly paused: number;
    readonly stopped: number;
  };
  readonly storage: {
    readonly driver: string;
    /** Every driver, and why it can or cannot be used here. */
    readonly drivers: readonly {
      readonly name: string;
      readonly usable: boolean;
      readonly reason: string;
    }[];
    readonly backingFilesystem: string;
  };
  readonly runtime: {
    readonly name: string;
    readonly path: string;
    /** Why it was picked; why there is none. */
    readonly reason: string;
    readonly version: string;
  };
  /** What `bridge` means here. */
  readonly network: string;
  readonly cgroups: string;
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly cpus: number;
  /** Bytes of main memory. */
  readonly memory: number;
  readonly hostname: string;
  readonly rootless: boolean;
}

/**
 * All that shale does, over one store. The parts load when they are first asked for, so that a
 * command pays for nothing it does not use. Disposing lets go of the store.
 */
export interface Engine extends AsyncDisposable {
  images(): Promise<ImageService>;
  builder(): Promise<BuildService>;
  containers(): Promise<ContainerService>;
  volumes(): Promise<VolumeService>;
  networks(): Promise<NetworkService>;
  /** What happens in the store, whichever process does it, and what has happened. */
  events(options?: EventOptions): AsyncIterable<StoreEvent>;
  info(): Promise<Info>;
}

export interface EngineOptions {
  /** The store's directory; it is made when missing. */
  readonly root: string;
  /** Where sockets, process state and namespaces live until the next boot; made when missing. */
  readonly runtimeDirectory: string;
  /** Takes this storage driver instead of the best that works here. */
  readonly storageDriver?: "erofs" | "overlay" | "copy";
  /** Takes this OCI runtime instead of the first that is installed. */
  readonly runtime?: "crun" | "runc";
  /**
   * The beginning of a command line that runs shale on this store, for what has to be done when
   * this process is gone: restarts, health checks. The program of this package when absent.
   */
  readonly program?: readonly string[];
  /** Registries; opened when one is needed. Without it nothing is pulled or pushed. */
  readonly remote?: () => Promise<Remote>;
}
