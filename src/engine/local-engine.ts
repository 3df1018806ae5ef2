import { basename, join } from "node:path";
import type { BuildService, Containers } from "#build";
import type { ContainerService } from "#container";
import { openContentStore } from "#content";
import { createImageService, type ImageService, type ImageStore, openLayerIndexes } from "#image";
import type { NetworkService, StoreNetwork } from "#network";
import type { Runtime } from "#runtime";
import type { Snapshotter } from "#snapshot";
import { openState, type State } from "#state";
import type { Volumes } from "#volume";
import type { Engine, EngineOptions, Info } from "./engine.ts";
import type { EventOptions, StoreEvent } from "./events.ts";
import { ownProgram } from "./program.ts";

/** The engine that works in this process, over the store at `root`; it is made when missing. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  return new LocalEngine(options);
}

class LocalEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #state: State;
  readonly #store: ImageStore;
  readonly #images: ImageService;
  readonly #snapshotter = once(() => this.#createSnapshotter());
  readonly #runtime = once(() => this.#selectRuntime());
  readonly #network = once(() => this.#createNetwork());
  readonly #builder = once(() => this.#createBuilder());
  readonly #containers = once(() => this.#createContainers());
  readonly #volumes = once(() => this.#createVolumes());

  constructor(options: EngineOptions) {
    const { root } = options;
    this.#options = options;
    this.#state = openState(root);
    this.#store = {
      state: this.#state,
      content: openContentStore(root),
      indexes: openLayerIndexes(root),
      snapshotter: this.#snapshotter,
    };
    const { remote } = options;
    this.#images = createImageService({ ...this.#store, root, ...(remote && { remote }) });
  }

  async images(): Promise<ImageService> {
    return this.#images;
  }

  builder(): Promise<BuildService> {
    return this.#builder();
  }

  containers(): Promise<ContainerService> {
    return this.#containers();
  }

  volumes(): Promise<Volumes> {
    return this.#volumes();
  }

  async networks(): Promise<NetworkService> {
    const { createNetworkService } = await import("#network");
    return createNetworkService({ state: this.#state, network: await this.#network() });
  }

  async *events(options: EventOptions = {}): AsyncGenerator<StoreEvent> {
    const { readEvents } = await import("./events.ts");
    yield* readEvents(this.#state.events, this.#options.root, options);
  }

  async info(): Promise<Info> {
    const { describeEngine } = await import("./info.ts");
    const { root } = this.#options;
    // What a crash has left is counted as what it is; without a runtime there is nothing to count.
    await this.containers().catch(() => {});
    return describeEngine({
      root,
      state: this.#state,
      snapshotter: await this.#snapshotter(),
      selectRuntime: this.#runtime,
      network: await this.#network(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state[Symbol.dispose]();
  }

  async #createSnapshotter(): Promise<Snapshotter> {
    const { createSnapshotter } = await import("#snapshot");
    const { inUserNamespace } = await import("#kernel");
    const { root, runtimeDirectory, storageDriver } = this.#options;
    const rootless = inUserNamespace();
    return createSnapshotter({
      ...{ root, runtimeDirectory, state: this.#state, rootless },
      ...(storageDriver && { driver: storageDriver }),
    });
  }

  async #selectRuntime(): Promise<Runtime> {
    const { selectRuntime } = await import("./select-runtime.ts");
    const { runtimeDirectory, runtime } = this.#options;
    const stateRoot = join(runtimeDirectory, "runtime");
    return selectRuntime({ stateRoot, ...(runtime && { forced: runtime }) });
  }

  async #createNetwork(): Promise<StoreNetwork> {
    const { createNetwork } = await import("#network");
    const { runtimeDirectory } = this.#options;
    return createNetwork({
      storeId: basename(runtimeDirectory),
      runtimeDir: runtimeDirectory,
      state: this.#state,
    });
  }

  async #runEnvironment(): Promise<Containers> {
    const [runtime, network] = await Promise.all([this.#runtime(), this.#network()]);
    return { runtime, network };
  }

  async #createBuilder(): Promise<BuildService> {
    const { buildDirectories, createBuildService, recoverBuilds } = await import("#build");
    const { root, runtimeDirectory } = this.#options;
    const places = buildDirectories(root, runtimeDirectory);
    const containers = once(() => this.#runEnvironment());
    await recoverBuilds(places.directories, containers);
    return createBuildService({ store: this.#store, images: this.#images, containers, ...places });
  }

  async #createVolumes(): Promise<Volumes> {
    const { createVolumes } = await import("#volume");
    return createVolumes({ root: this.#options.root, state: this.#state });
  }

  async #createContainers(): Promise<ContainerService> {
    const { createContainerService } = await import("#container");
    const { root, runtimeDirectory } = this.#options;
    return createContainerService({
      ...this.#store,
      ...{ root, runtimeDirectory, images: this.#images },
      volumes: await this.#volumes(),
      program: this.#options.program ?? ownProgram(this.#options),
      ...(await this.#runEnvironment()),
    });
  }
}

/** The first call makes it, all calls share it. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
