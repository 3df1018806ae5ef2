import { join } from "node:path";
import { excerpt } from "#dockerfile";
import { fail, KindedError, kindOf, messageOf } from "#errors";
import { addLayer, type ImageStore, openRootfs } from "#image";
import { formatPlatform, hostPlatform, type Platform, parsePlatform, platformMatches } from "#oci";
import type { Lease } from "#state";
import { type BaseImages, findBaseImage } from "./base-images.ts";
import { type BuildDirectories, BuildDirectory } from "./build-directory.ts";
import type { FailureDetails, OnBuildEvent } from "./build-event.ts";
import type { BuildOptions, BuildResult } from "./build-service.ts";
import { clipMessage } from "./clip-message.ts";
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
  readonly images: BaseImages;
  /** Asked for only when a RUN has to run. */
  readonly containers: () => Promise<Containers>;
  readonly directories: BuildDirectories;
  /** Where lock files are. */
  readonly locks: string;
}

/** One build under way: load, compile, solve, export. Disposing it takes away what it used. */
export class Build implements Disposable {
  readonly #dependencies: BuildDependencies;
  readonly #options: BuildOptions;
  readonly #emit: OnBuildEvent;
  readonly #progress: Progress;
  readonly #abort = new AbortController();
  /** The caller's. */
  readonly #stopped: AbortSignal;
  /** The caller's, and that of the first failure. */
  readonly #signal: AbortSignal;
  readonly #lease: Lease;
  readonly #containers: ContainerPool;
  #opened: BuildDirectory | undefined;

  constructor(
    dependencies: BuildDependencies,
    options: BuildOptions,
    onEvent: OnBuildEvent,
    signal: AbortSignal,
  ) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#emit = onEvent;
    this.#progress = new Progress(onEvent);
    this.#stopped = signal;
    this.#signal = AbortSignal.any([signal, this.#abort.signal]);
    this.#lease = dependencies.store.state.leases.open("build");
    this.#containers = new ContainerPool(dependencies.containers, () => this.#directory);
  }

  async run(): Promise<BuildResult> {
    const names = canonicalNames(this.#options.tags ?? []);
    const { context: source } = this.#options;
    const context = await openContext(source, () => this.#directory, this.#signal);
    try {
      const loaded = await this.#load(context);
      const plan = await this.#compile(loaded);
      const root = await this.#solve(plan, this.#session(context, loaded), loaded);
      return await this.#export(plan, root, names);
    } catch (error) {
      // Whoever stopped the build knows why.
      if (this.#stopped.aborted) throw error;
      return failSolve(error);
    }
  }

  [Symbol.dispose](): void {
    this.#containers[Symbol.dispose]();
    this.#opened?.[Symbol.dispose]();
    this.#lease[Symbol.dispose]();
  }

  /** Made when something needs it: a build that changed nothing needs none. */
  get #directory(): BuildDirectory {
    this.#opened ??= BuildDirectory.create(this.#dependencies.directories);
    return this.#opened;
  }

  #load(context: string | undefined): Promise<LoadedDockerfile> {
    return this.#progress.during("[internal] load build definition from Dockerfile", () =>
      loadDockerfile(this.#options.dockerfile, context, this.#options.context.kind === "tar"),
    );
  }

  #compile({ dockerfile }: LoadedDockerfile): Promise<Plan> {
    const { target, buildArgs: args = {}, labels = {}, platform } = this.#options;
    return compile({
      ...{ dockerfile, target, args, labels, platform: ownPlatform(platform) },
      resolveImage: (name) =>
        this.#progress.during(`[internal] load metadata for ${name}`, (log) =>
          this.#findBase(name, log.detail),
        ),
      warn: (message, line) => this.#progress.warn(message, line),
    });
  }

  #findBase(name: string, onDetail: (text: string) => void): Promise<BaseImage> {
    const { images, store } = this.#dependencies;
    const { pull = false } = this.#options;
    const [lease, signal] = [this.#lease, this.#signal];
    return findBaseImage(name, { images, store, lease, pull, onDetail, signal });
  }

  #session(context: string | undefined, loaded: LoadedDockerfile): BuildSession {
    const { store } = this.#dependencies;
    const [lease, signal, containers] = [this.#lease, this.#signal, this.#containers];
    const directory = () => this.#directory;
    const openFiles = () => this.#openTree(context, loaded);
    let files: Promise<SourceTree> | undefined;
    return {
      ...{ store, lease, signal, containers },
      trees: new MountedTrees({ store, lease, signal, directory }),
      context() {
        files ??= openFiles();
        return files;
      },
      view: (layers) => rootView(openRootfs(store, layers)),
      spool: () => join(directory().makeStored("spool"), crypto.randomUUID()),
      addLayer: (tar) => addLayer(store, tar, lease, { signal }),
      warn: (message) => this.#progress.warn(message),
    };
  }

  async #openTree(context: string | undefined, { path }: LoadedDockerfile): Promise<SourceTree> {
    if (context === undefined) return new SourceTree(this.#directory.make("no-context"));
    const filter = await this.#progress.during("[internal] load .dockerignore", () =>
      loadIgnoreFile(context, path, this.#options.context.kind === "tar"),
    );
    return new SourceTree(context, filter);
  }

  #solve(plan: Plan, session: BuildSession, loaded: LoadedDockerfile): Promise<RootState> {
    const { store, locks } = this.#dependencies;
    const solver = new Solver({
      cache: new StepCache({ ...store, lease: this.#lease, locks }),
      progress: this.#progress,
      noCache: this.#options.noCache ?? false,
      signal: this.#signal,
      abort: () => this.#abort.abort(),
      prepare: (step, parent, solving) => prepareStep(step, parent, solving, session),
      explain: (failed) => this.#explain(failed, loaded),
    });
    return solver.solve(plan);
  }

  async #explain(failed: StepInStage, { dockerfile }: LoadedDockerfile): Promise<FailureDetails> {
    const { store } = this.#dependencies;
    const lines = excerpt(dockerfile.text, failed.step.range, dockerfile.name);
    const image = await keepLastState(failed, { store, lease: this.#lease });
    return { excerpt: lines, ...(image !== undefined && { image }) };
  }

  #export({ target }: Plan, root: RootState, names: string[]): Promise<BuildResult> {
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

function ownPlatform(wanted: string | undefined): Platform {
  const own = hostPlatform();
  if (wanted === undefined || platformMatches(own, parsePlatform(wanted))) return own;
  return fail(
    "unsupported",
    `building for ${wanted} is not supported yet: this machine is ${formatPlatform(own)}`,
  );
}

/** In BuildKit's words. */
function failSolve(error: unknown): never {
  const message = clipMessage(`failed to solve: ${messageOf(error)}`);
  throw new KindedError(kindOf(error), message, error);
}
