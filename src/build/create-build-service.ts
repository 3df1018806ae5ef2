import { join } from "node:path";
import { excerpt } from "#dockerfile";
import { fail, KindedError, kindOf, messageOf } from "#errors";
import { addLayer, type ImageService, type ImageStore, openRootfs } from "#image";
import { formatPlatform, hostPlatform, parsePlatform, platformMatches } from "#oci";
import type { Lease } from "#state";
import { type BuildDirectories, BuildDirectory } from "./build-directory.ts";
import type { OnBuildEvent } from "./build-event.ts";
import type { BuildOptions, BuildResult, BuildService } from "./build-service.ts";
import { compile } from "./compile/compile.ts";
import { openContext } from "./context/open-context.ts";
import { SourceTree } from "./context/source-tree.ts";
import { keepLastState } from "./debug-image.ts";
import { canonicalNames, exportImage } from "./export-image.ts";
import { type LoadedDockerfile, loadDockerfile, loadIgnoreFile } from "./load-dockerfile.ts";
import { rootView } from "./ops/copy/root-view.ts";
import { MountedTrees } from "./ops/mounted-trees.ts";
import { prepareStep } from "./ops/prepare.ts";
import { ContainerPool, type Containers } from "./ops/run/container-pool.ts";
import type { BaseImage, Plan } from "./plan.ts";
import type { BuildSession } from "./session.ts";
import type { RootState } from "./solver/root-state.ts";
import { Solver, type StepInStage } from "./solver/solver.ts";
import { StepCache } from "./solver/step-cache.ts";
import { Progress } from "./solver/step-log.ts";

/** What the builder works with. */
export interface BuildDependencies {
  readonly store: ImageStore;
  readonly images: Pick<ImageService, "resolve">;
  /** Asked for only when a RUN has to run. */
  readonly containers: () => Promise<Containers>;
  readonly directories: BuildDirectories;
  /** Where lock files are. */
  readonly locks: string;
}

/** A builder over one store. */
export function createBuildService(dependencies: BuildDependencies): BuildService {
  return {
    async build(options, onEvent, signal) {
      using build = new Build(dependencies, options, onEvent, signal);
      return await build.run();
    },
  };
}

/** One build under way. */
class Build implements Disposable {
  readonly #dependencies: BuildDependencies;
  readonly #options: BuildOptions;
  readonly #progress: Progress;
  readonly #emit: OnBuildEvent;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  readonly #lease: Lease;
  #directory: BuildDirectory | undefined;
  #containers: ContainerPool | undefined;

  constructor(
    dependencies: BuildDependencies,
    options: BuildOptions,
    onEvent: OnBuildEvent,
    signal: AbortSignal,
  ) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#progress = new Progress(onEvent);
    this.#emit = onEvent;
    this.#signal = AbortSignal.any([signal, this.#abort.signal]);
    this.#lease = dependencies.store.state.leases.open("build");
  }

  async run(): Promise<BuildResult> {
    const names = canonicalNames(this.#options.tags ?? []);
    const context = await openContext(this.#options.context, () => this.directory, this.#signal);
    try {
      return await this.#build(context, names);
    } catch (error) {
      return failSolve(error);
    }
  }

  async #build(context: string | undefined, names: string[]): Promise<BuildResult> {
    const platform = this.#platform();
    const loaded = await this.#load(context);
    const { target, args, labels } = this.#compileOptions();
    const plan = await compile({
      ...{ dockerfile: loaded.dockerfile, target, args, labels, platform },
      resolveImage: (name) => this.#resolveImage(name),
      warn: (message, line) => this.#progress.warn(message, line),
    });
    const root = await this.#solve(plan, this.#session(context, loaded), loaded);
    return this.#export(plan, root, names);
  }

  /** The directory of this build, made when something needs it. */
  get directory(): BuildDirectory {
    this.#directory ??= BuildDirectory.create(this.#dependencies.directories);
    return this.#directory;
  }

  [Symbol.dispose](): void {
    this.#containers?.[Symbol.dispose]();
    this.#directory?.[Symbol.dispose]();
    this.#lease[Symbol.dispose]();
  }

  #platform() {
    const own = hostPlatform();
    const { platform } = this.#options;
    if (platform !== undefined && !platformMatches(own, parsePlatform(platform)))
      fail(
        "unsupported",
        `building for ${platform} is not supported yet: this machine is ${formatPlatform(own)}`,
      );
    return own;
  }

  #compileOptions() {
    const { target, buildArgs = {}, labels = {} } = this.#options;
    return { target, args: buildArgs, labels };
  }

  #load(context: string | undefined): Promise<LoadedDockerfile> {
    return this.#progress.during("[internal] load build definition from Dockerfile", () =>
      loadDockerfile(this.#options.dockerfile, context),
    );
  }

  async #resolveImage(name: string): Promise<BaseImage> {
    return this.#progress.during(`[internal] load metadata for ${name}`, async () => {
      const { images } = this.#dependencies;
      const { id, config } = await this.#findImage(name);
      this.#lease.hold("image", id);
      this.#lease.hold("layer", ...config.rootfs.diff_ids);
      // It may have been removed before it was held.
      await images.resolve(id);
      return { id, config };
    });
  }

  async #findImage(name: string) {
    try {
      return await this.#dependencies.images.resolve(name);
    } catch (error) {
      if (kindOf(error) !== "not-found") throw error;
      const advice = "pulling comes later: load, import or build it first";
      return fail("not-found", `failed to resolve source metadata: ${messageOf(error)}; ${advice}`);
    }
  }

  #session(context: string | undefined, loaded: LoadedDockerfile): BuildSession {
    const { store } = this.#dependencies;
    const [lease, signal] = [this.#lease, this.#signal];
    const directory = () => this.directory;
    const trees = new MountedTrees({ store, lease, signal, directory });
    let files: Promise<SourceTree> | undefined;
    const containers = new ContainerPool(this.#dependencies.containers, directory);
    this.#containers = containers;
    return {
      ...{ store, lease, signal, trees, containers },
      context: () => (files ??= this.#openTree(context, loaded)),
      spool: () => join(directory().makeStored("spool"), crypto.randomUUID()),
      addLayer: (tar) => addLayer(store, tar, lease, { signal }),
      warn: (message) => this.#progress.warn(message),
      view: (layers) => rootView(openRootfs(store, layers)),
    };
  }

  async #openTree(context: string | undefined, loaded: LoadedDockerfile): Promise<SourceTree> {
    if (context === undefined) return new SourceTree(this.directory.make("context"));
    const filter = await this.#progress.during("[internal] load .dockerignore", () =>
      loadIgnoreFile(context, loaded.path),
    );
    return new SourceTree(context, filter);
  }

  #solve(plan: Plan, session: BuildSession, loaded: LoadedDockerfile): Promise<RootState> {
    const { store, locks } = this.#dependencies;
    const cache = new StepCache({ ...store, lease: this.#lease, locks });
    const solver = new Solver({
      ...{ cache, progress: this.#progress, signal: this.#signal },
      noCache: this.#options.noCache ?? false,
      abort: () => this.#abort.abort(),
      prepare: (step, parent, solving) => prepareStep(step, parent, solving, session),
      explain: (failed) => this.#explain(failed, loaded),
    });
    return solver.solve(plan);
  }

  async #explain(failed: StepInStage, { dockerfile }: LoadedDockerfile) {
    const { store } = this.#dependencies;
    const lines = excerpt(dockerfile.text, failed.step.range, dockerfile.name);
    const image = await keepLastState(failed, { store, lease: this.#lease });
    return { excerpt: lines, ...(image !== undefined && { image }) };
  }

  async #export({ target }: Plan, root: RootState, names: string[]): Promise<BuildResult> {
    const { store } = this.#dependencies;
    this.#signal.throwIfAborted();
    return this.#progress.during("exporting to image", async (log) => {
      const id = await exportImage(target.draft, root, { store, lease: this.#lease, names });
      log.detail(`writing image ${id} done`);
      for (const name of names) log.detail(`naming to ${name} done`);
      this.#emit({ type: "image", id, names });
      return { id, names };
    });
  }
}

function failSolve(error: unknown): never {
  if (!(error instanceof KindedError)) throw error;
  throw new KindedError(error.kind, `failed to solve: ${error.message}`, error);
}
