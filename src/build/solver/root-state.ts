import { type ChainId, chainOf, chainsOf, type DiffId } from "#oci";
import type { StepResult } from "./step-cache.ts";

/** The files that a step starts from or leaves: a stack of layers. */
export interface RootState {
  readonly layers: readonly DiffId[];
  /** Undefined for no files at all. */
  readonly chain: ChainId | undefined;
  /** What the steps on top of the base image made, in order. */
  readonly results: readonly StepResult[];
}

/** What a build starts from. */
export function baseState(layers: readonly DiffId[]): RootState {
  return { layers, chain: chainsOf(layers).at(-1), results: [] };
}

/** The state after a step. */
export function advance(state: RootState, result: StepResult): RootState {
  const { layer } = result;
  const results = [...state.results, result];
  if (layer === undefined) return { ...state, results };
  return { layers: [...state.layers, layer], chain: chainOf(state.chain, layer), results };
}
