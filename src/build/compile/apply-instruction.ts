import { posix } from "node:path";
import {
  type ArgInstruction,
  type BuildArgument,
  expandInstruction,
  type Instruction,
  type Stage as SourceStage,
} from "#dockerfile";
import type { Operation } from "../plan.ts";
import { proxyArgs } from "./build-args.ts";
import { copyOperation, rememberCopy } from "./copy-operation.ts";
import { setWorkdir } from "./image-draft.ts";
import { applyArg, applyMetadata } from "./metadata.ts";
import { rememberRun, runOperation } from "./run-operation.ts";
import { type Scope, withDraft, workdirOf } from "./scope.ts";
import type { StageContext } from "./stage-context.ts";

/** What an instruction comes to: the scope behind it, and what it does to files, if anything. */
export interface Applied {
  readonly next: Scope;
  readonly operation?: Operation;
}

/** Expands an instruction of a stage and applies it to the scope. */
export async function applyInstruction(
  context: StageContext,
  source: SourceStage,
  scope: Scope,
  written: Instruction,
): Promise<Applied> {
  if (written.kind === "arg") return { next: declareArgs(context, scope, written) };
  const instruction = expandInstruction(written, scope.env, context.expansion);
  switch (instruction.kind) {
    case "run": {
      const operation = runOperation(scope, instruction, proxyArgs(context.args));
      return { next: rememberRun(scope, operation), operation };
    }
    case "copy":
    case "add": {
      const wanted = instruction.kind === "copy" ? instruction.from : undefined;
      const from = await context.copySource(wanted, source);
      const operation = copyOperation(scope, instruction, from);
      return { next: rememberCopy(scope, instruction), operation };
    }
    case "workdir":
      return enterWorkdir(scope, instruction.path);
    default:
      return { next: applyMetadata(scope, instruction) };
  }
}

/** Each default sees the ARGs before it, those of the same line too. */
function declareArgs(context: StageContext, scope: Scope, written: ArgInstruction): Scope {
  const env = new Map(scope.env);
  const args = written.args.map((arg) => {
    const value = argValue(context, env, written, arg);
    if (value !== undefined) env.set(arg.key, value);
    return { key: arg.key, ...(value !== undefined && { value }) };
  });
  return applyArg(scope, args);
}

/** What was given for the build, else the default, else the ARG before the first FROM. */
function argValue(
  { args, globals, expansion }: StageContext,
  env: ReadonlyMap<string, string>,
  written: ArgInstruction,
  arg: BuildArgument,
): string | undefined {
  const given = args[arg.key];
  if (given !== undefined) return given;
  const [expanded] = expandInstruction({ ...written, args: [arg] }, env, expansion).args;
  return expanded!.value ?? globals.get(arg.key);
}

function enterWorkdir(scope: Scope, path: string): Applied {
  const directory = posix.resolve(workdirOf(scope), path);
  const next = withDraft(scope, setWorkdir(scope.draft, directory));
  if (directory === "/") return { next };
  const user = scope.draft.config.User ?? "";
  return { next, operation: { kind: "workdir", directory, user } };
}
