import { availableParallelism } from "node:os";
import type { Plan, Stage, Step } from "../plan.ts";
import { Limiter } from "./limiter.ts";
import { advance, baseState, type RootState } from "./root-state.ts";
import type { StepCache, StepResult } from "./step-cache.ts";
import type { Progress, StepLog } from "./step-log.ts";
import type { Digest } from "#oci";

/** A step that knows what it reads: ready to be looked up and, if need be, done. */
export interface Vertex {
  /** Digest of the operation and of all that it reads. */
  readonly key: Digest;
  /** Does it; undefined when it cannot be remembered, because its files changed meanwhile. */
  execute(log: StepLog): Promise<{ result: StepResult; cacheable: boolean }>;
}

export interface SolverOptions {
  readonly cache: StepCache;
  readonly progress: Progress;
  readonly noCache: boolean;
  readonly signal: AbortSignal;
  /** Finds out what a step reads, on top of the state it starts from. */
  readonly prepare: (step: Step, parent: RootState, solver: Solver) => Promise<Vertex>;
  /** Turns a step's failure into what the user is told, given the last good state. */
  readonly explain: (error: unknown, step: Step, parent: RootState) => Promise<Error>;
}

/**
 * Evaluates the stages of a plan, each once and independent ones at the same time. When a step
 * fails the others are aborted and waited for, so that nothing is left running.
 */
export class Solver {
  readonly #options: SolverOptions;
  readonly #abort = new AbortController();
  readonly #limiter = new Limiter(availableParallelism());
  readonly #solved = new Map<Stage, Promise<RootState>>();
  #failure: { error: unknown } | undefined;

  constructor(options: SolverOptions) {
    this.#options = options;
  }

  /** Aborted when the build is, or when one of its steps failed. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.#options.signal, this.#abort.signal]);
  }

  async solve({ stages, target }: Plan): Promise<RootState> {
    const all = await Promise.allSettled(stages.map((stage) => this.stage(stage)));
    if (this.#failure !== undefined) throw this.#failure.error;
    for (const outcome of all) if (outcome.status === "rejected") throw outcome.reason;
    return this.stage(target);
  }

  /** The files that a stage ends with. */
  stage(stage: Stage): Promise<RootState> {
    const known = this.#solved.get(stage);
    if (known !== undefined) return known;
    const solved = this.#solveStage(stage);
    this.#solved.set(stage, solved);
    return solved;
  }

  async #solveStage(stage: Stage): Promise<RootState> {
    let state = await this.#base(stage);
    for (const step of stage.steps) state = await this.#step(step, state);
    return state;
  }

  async #base({ base, title }: Stage): Promise<RootState> {
    if (base.kind === "stage") return this.stage(base.stage);
    if (base.kind === "scratch") return baseState([]);
    if (title !== undefined) this.#options.progress.start(title).done(true);
    return baseState(base.image.config.rootfs.diff_ids);
  }

  async #step(step: Step, parent: RootState): Promise<RootState> {
    this.signal.throwIfAborted();
    const vertex = await this.#prepare(step, parent);
    const hit = this.#options.noCache ? undefined : this.#options.cache.find(vertex.key);
    if (hit === undefined) return this.#limiter.run(() => this.#perform(step, vertex, parent));
    this.#options.progress.start(step.title).done(true);
    return advance(parent, hit);
  }

  async #prepare(step: Step, parent: RootState): Promise<Vertex> {
    try {
      return await this.#options.prepare(step, parent, this);
    } catch (error) {
      return this.#fail(this.#options.progress.start(step.title), error, step, parent);
    }
  }

  async #perform(step: Step, vertex: Vertex, parent: RootState): Promise<RootState> {
    const log = this.#options.progress.start(step.title);
    try {
      this.signal.throwIfAborted();
      const { result, cached } = await this.#once(step, vertex, log);
      log.done(cached);
      return advance(parent, result);
    } catch (error) {
      return this.#fail(log, error, step, parent);
    }
  }

  /** Two that want the same step wait for one another: the second finds what the first made. */
  async #once(step: Step, vertex: Vertex, log: StepLog) {
    const { cache, noCache } = this.#options;
    await using _ = await cache.lock(vertex.key, this.signal);
    const hit = noCache ? undefined : cache.find(vertex.key);
    if (hit !== undefined) return { result: hit, cached: true };
    const { result, cacheable } = await vertex.execute(log);
    if (cacheable) cache.put(vertex.key, step.title, result);
    return { result, cached: false };
  }

  async #fail(log: StepLog, error: unknown, step: Step, parent: RootState): Promise<never> {
    if (this.signal.aborted) {
      log.cancel();
      throw error;
    }
    this.#failure = { error };
    this.#abort.abort();
    const explained = await this.#options.explain(error, step, parent);
    this.#failure = { error: explained };
    log.fail(explained.message);
    throw explained;
  }
}
