import {
  type Environment,
  type ExpandInstructionOptions,
  expandWord,
  type Instruction,
} from "#dockerfile";
import type { Step } from "../plan.ts";

/** Nobody reads more than this, and it is said again and again. */
const MOST_SHOWN = 2000;

/** An instruction as progress shows it: as written, with its variables expanded, and not endless. */
export function displayName(
  instruction: Instruction,
  env: Environment,
  rules: ExpandInstructionOptions,
): string {
  const { kind, original } = instruction;
  const options = kind === "run" ? { ...rules, rawQuotes: true, keepUnset: true } : rules;
  const text = expandOr(original, () => expandWord(original, env, options));
  const [keyword = "", ...rest] = text.split(" ");
  const heredoc = kind === "run" ? instruction.heredocs[0] : undefined;
  const summary = heredoc === undefined ? [] : [`(${summarize(heredoc.content)})`];
  const shown = [keyword.toUpperCase(), ...rest, ...summary].join(" ");
  return shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown;
}

/** The titles of a stage's steps: `[build 2/5] RUN make`. The FROM of an image is the first. */
export function numbered<T extends { readonly name: string }>(
  label: string,
  base: string | undefined,
  steps: readonly T[],
): { title: string | undefined; steps: (T & Pick<Step, "title">)[] } {
  const total = steps.length + (base === undefined ? 0 : 1);
  const width = String(total).length;
  const prefix = label === "" ? "" : `${label} `;
  const title = (number: number, text: string) =>
    `[${prefix}${String(number).padStart(width)}/${total}] ${text}`;
  const offset = total - steps.length + 1;
  return {
    title: base === undefined ? undefined : title(1, `FROM ${base}`),
    steps: steps.map((step, index) => ({ ...step, title: title(index + offset, step.name) })),
  };
}

function expandOr(original: string, expand: () => string): string {
  try {
    return expand();
  } catch {
    return original;
  }
}

function summarize(document: string): string {
  const lines = document.trim().split(/\r?\n/);
  return `${lines[0]}${lines.length > 1 ? "..." : ""}`;
}
