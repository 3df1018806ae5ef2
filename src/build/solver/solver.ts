import { availableParallelism } from "node:os";
import { messageOf } from "#errors";
import type { Digest } from "#oci";
import type { FailureDetails } from "../build-event.ts";
import type { Plan, Stage, Step } from "../plan.ts";
import { Limiter } from "./limiter.ts";
import { advance, baseState, type RootState } from "./root-state.ts";
import type { StepCache, StepResult } from "./step-cache.ts";
import type { Progress, StepLog } from "./step-log.ts";

/** A step that knows what it reads: ready to be looked up and, if need be, done. */
export interface Vertex {
  /** Digest of the operation and of all that it reads. */
  readonly key: Digest;
  /** Does it. It is not `cacheable` when the files that the key was made of changed meanwhile. */
  execute(log: StepLog): Promise<{ result: StepResult; cacheable: boolean }>;
}

/** A step where it stands. */
export interface StepInStage {
  readonly stage: Stage;
  readonly step: Step;
  /** What the step started from. */
  readonly parent: RootState;
}

export interface SolverOptions {
  readonly cache: StepCache;
  readonly progress: Progress;
  readonly noCache: boolean;
  /** Of the whole build; aborted by `abort`, too. */
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** Finds out what a step reads, on top of the state it starts from. */
  readonly prepare: (step: Step, parent: RootState, solver: Solver) => Promise<Vertex>;
  /** What helps the user to understand a step's failure, given the last good state. */
  readonly explain: (failed: StepInStage) => Promise<FailureDetails>;
}

/**
 * Evaluates the stages of a plan, each once and independent ones at the same time. When a step
 * fails the others are aborted and waited for, so that nothing is left running.
 */
export class Solver {
  readonly #options: SolverOptions;
  readonly #limiter = new Limiter(availableParallelism());
  readonly #solved = new Map<Stage, Promise<RootState>>();
  #failure: { error: unknown } | undefined;

  constructor(options: SolverOptions) {
    this.#options = options;
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
    for (const step of stage.steps) state = await this.#step({ stage, step, parent: state });
    return state;
  }

  async #base({ base, title }: Stage): Promise<RootState> {
    if (base.kind === "stage") return this.stage(base.stage);
    if (base.kind === "scratch") return baseState([]);
    if (title !== undefined) this.#options.progress.start(title).done(true);
    return baseState(base.image.config.rootfs.diff_ids);
  }

  async #step(wanted: StepInStage): Promise<RootState> {
    const { step, parent } = wanted;
    const { cache, noCache, progress, signal } = this.#options;
    signal.throwIfAborted();
    const vertex = await this.#prepare(wanted);
    const hit = noCache ? undefined : cache.find(vertex.key);
    if (hit === undefined) return this.#limiter.run(() => this.#perform(wanted, vertex));
    progress.start(step.title).done(true);
    return advance(parent, hit);
  }

  async #prepare(wanted: StepInStage): Promise<Vertex> {
    const { step, parent } = wanted;
    try {
      return await this.#options.prepare(step, parent, this);
    } catch (error) {
      return this.#fail(this.#options.progress.start(step.title), error, wanted);
    }
  }

  async #perform(wanted: StepInStage, vertex: Vertex): Promise<RootState> {
    const { step, parent } = wanted;
    const log = this.#options.progress.start(step.title);
    try {
      this.#options.signal.throwIfAborted();
      const { result, cached } = await this.#once(step, vertex, log);
      log.done(cached);
      return advance(parent, result);
    } catch (error) {
      return this.#fail(log, error, wanted);
    }
  }

  /** Two that want the same step wait for one another: the second finds what the first made. */
  async #once(step: Step, vertex: Vertex, log: StepLog) {
    const { cache, noCache, signal } = this.#options;
    await using _ = await cache.lock(vertex.key, signal);
    const hit = noCache ? undefined : cache.find(vertex.key);
    if (hit !== undefined) return { result: hit, cached: true };
    const { result, cacheable } = await vertex.execute(log);
    if (cacheable) cache.put(vertex.key, step.name, result);
    return { result, cached: false };
  }

  /** The first failure is the build's; what is aborted by it only says that it was. */
  async #fail(log: StepLog, error: unknown, failed: StepInStage): Promise<never> {
    const { signal, abort, explain } = this.#options;
    if (signal.aborted) {
      log.cancel();
      throw error;
    }
    this.#failure = { error };
    abort();
    log.fail(messageOf(error), await explain(failed));
    throw error;
  }
}
