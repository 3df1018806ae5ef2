import { chompHeredoc, parseHeredocWord } from "../syntax/heredoc.ts";
import type { RunInstruction } from "./instruction.ts";

/** What a RUN really executes, its heredocs put in place. */
export type RunScript =
  /** Arguments to execute as they are. */
  | { readonly form: "exec"; readonly args: readonly string[] }
  /** A text for the shell of the stage. */
  | { readonly form: "shell"; readonly script: string }
  /** A script with a `#!` line, to be made an executable file and run by its path. */
  | { readonly form: "file"; readonly name: string; readonly content: string };

/**
 * The rules of BuildKit: a RUN that is one heredoc and nothing else is that script, run by the
 * shell or by its own `#!` line; with anything beside it, the shell gets line and bodies.
 */
export function runScript(run: RunInstruction): RunScript {
  const { form, args } = run.command;
  if (form === "exec") return { form, args };
  const line = args[0] ?? "";
  const first = run.heredocs[0];
  if (first === undefined) return { form, script: line };
  if (!isHeredocAlone(line)) return { form, script: withBodies(line, run) };
  const content = first.chomp ? chompHeredoc(first.content) : first.content;
  if (first.content.startsWith("#!")) return { form: "file", name: first.name, content };
  return { form, script: content };
}

function isHeredocAlone(line: string): boolean {
  return parseHeredocWord(line) !== undefined;
}

function withBodies(line: string, run: RunInstruction): string {
  return run.heredocs.reduce((text, { name, content }) => `${text}\n${content}${name}`, line);
}
