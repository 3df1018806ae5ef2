/** A number of bytes: the same always, or drawn anew each time: 0 to `below`, without it. */
export type Place = number | { readonly below: number };

/** What goes wrong with one request. Places count bytes of the body. */
export type Fault =
  /** The connection closes without an answer. */
  | { readonly kind: "hang-up" }
  /** The proxy answers itself; the registry never sees the request. */
  | { readonly kind: "answer"; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: "cut-request"; readonly after: Place }
  | { readonly kind: "cut-response"; readonly after: Place }
  /** No byte comes after these, the connection stays open. */
  | { readonly kind: "stall-response"; readonly after: Place }
  | { readonly kind: "slow-response"; readonly bytesPerSecond: number }
  /** One byte of the body is another one. */
  | { readonly kind: "flip"; readonly at: Place }
  /** A header of the response says something else; an empty value takes it away. */
  | { readonly kind: "header"; readonly name: string; readonly value: string }
  /** The announced length is as much larger (or smaller, when negative) than the body. */
  | { readonly kind: "wrong-length"; readonly by: number }
  /** A whole and valid response with the beginning of the body only. */
  | { readonly kind: "truncate"; readonly to: Place }
  /** The body never ends: it is followed by more and more bytes, until the client hangs up. */
  | { readonly kind: "endless" };

/** Which requests a fault befalls. */
export interface Rule {
  readonly method?: string;
  /** Found in the path with its query. */
  readonly path?: RegExp;
  /** Counted over the requests that match, from 1; all of them when absent. */
  readonly nth?: readonly number[];
  /** How many of the requests that match, from 0 to 1; all of them when absent. */
  readonly chance?: number;
  readonly fault: Fault;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The first rule that fits decides. */
export function createScript(rules: readonly Rule[], random: () => number) {
  const counts = new Map<Rule, number>();
  return (method: string, path: string): Fault | undefined => {
    for (const rule of rules) {
      if (rule.method !== undefined && rule.method !== method) continue;
      if (rule.path && !rule.path.test(path)) continue;
      const count = (counts.get(rule) ?? 0) + 1;
      counts.set(rule, count);
      if (rule.nth && !rule.nth.includes(count)) continue;
      if (rule.chance !== undefined && random() >= rule.chance) continue;
      return rule.fault;
    }
    return undefined;
  };
}

export function placeOf(place: Place, random: () => number): number {
  return typeof place === "number" ? place : Math.floor(random() * place.below);
}
