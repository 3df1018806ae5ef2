import type { RlimitOption } from "./spec-options.ts";

/** JSON.rawJSON (ECMAScript, "JSON.parse source text access"). */
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** RLIM_INFINITY: the specification's numbers are 64 bits without a sign, beyond JavaScript's. */
const UNLIMITED = JSON.rawJSON(String(2n ** 64n - 1n)) as number;

/** The limit as config.json has it. */
export function specRlimit({ type, soft, hard }: RlimitOption): RlimitOption {
  return { type, soft: soft < 0 ? UNLIMITED : soft, hard: hard < 0 ? UNLIMITED : hard };
}
