import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Attachment, Network } from "#network";
import type { Runtime } from "#runtime";
import type { BuildDirectory } from "../../build-directory.ts";

/** What starts containers and connects them. */
export interface Containers {
  readonly runtime: Runtime;
  readonly network: Network;
}

/** A place for one container at a time: a network of its own, and the files it is given. */
export interface ContainerSlot {
  readonly runtime: Runtime;
  readonly attachment: Attachment;
  /** Files to be mounted over those of the image, by their paths in the container. */
  readonly files: ReadonlyMap<string, string>;
}

/** What a process in a build sees as its machine's name, as in BuildKit. */
export const HOSTNAME = "buildkitsandbox";
const NETWORKS = "networks";

/**
 * Slots for the containers of one build. A slot is used again when its container is gone: no
 * process is left in it, and none had the capability to change it.
 */
export class ContainerPool implements Disposable {
  readonly #open: () => Promise<Containers>;
  readonly #directory: () => BuildDirectory;
  readonly #free: ContainerSlot[] = [];
  readonly #owners: string[] = [];
  #containers: Promise<Containers> | undefined;
  #network: Network | undefined;
  #files: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(open: () => Promise<Containers>, directory: () => BuildDirectory) {
    this.#open = open;
    this.#directory = directory;
  }

  get directory(): BuildDirectory {
    return this.#directory();
  }

  async take(): Promise<ContainerSlot> {
    return this.#free.pop() ?? this.#create();
  }

  give(slot: ContainerSlot): void {
    this.#free.push(slot);
  }

  [Symbol.dispose](): void {
    for (const owner of this.#owners) void this.#network?.detach(owner);
  }

  async #create(): Promise<ContainerSlot> {
    this.#containers ??= this.#open();
    const { runtime, network } = await this.#containers;
    this.#network = network;
    const { directory } = this;
    const owner = `build-${directory.id}-${this.#owners.length}`;
    // Before it is there, so that it is found after a kill -9.
    directory.make(NETWORKS, owner);
    this.#owners.push(owner);
    const attachment = await network.attach(owner, "bridge");
    this.#files ??= this.#writeFiles(attachment.mode === "host");
    return { runtime, attachment, files: await this.#files };
  }

  async #writeFiles(shareHost: boolean): Promise<ReadonlyMap<string, string>> {
    const { containerHosts, containerResolvConf } = await import("#network");
    const hosts = containerHosts({ hostname: HOSTNAME, addresses: ["127.0.0.1"], shareHost });
    const texts = { hosts: hosts, "resolv.conf": containerResolvConf({ shareHost }) };
    const parent = this.directory.make("files");
    const files = Object.entries(texts).map(([name, text]) => {
      const path = join(parent, name);
      writeFileSync(path, text, { mode: 0o644 });
      return [`/etc/${name}`, path] as const;
    });
    return new Map(files);
  }
}

/** The owners of networks that an abandoned build may have. */
export function networksOf(directory: BuildDirectory): string[] {
  return directory.list(NETWORKS);
}
