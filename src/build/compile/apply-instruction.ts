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
import { remember, setWorkdir } from "./image-draft.ts";
import { applyMetadata } from "./metadata.ts";
import { rememberRun, runOperation } from "./run-operation.ts";
import { type Scope, workdirOf } from "./scope.ts";
import type { StageContext } from "./stage-context.ts";

/** Expands an instruction of a stage and applies it to the scope; gives what it does to files. */
export async function applyInstruction(
  context: StageContext,
  source: SourceStage,
  scope: Scope,
  written: Instruction,
): Promise<Operation | undefined> {
  if (written.kind === "arg") return declareArgs(context, scope, written);
  const instruction = expandInstruction(written, scope.env, context.expansion);
  switch (instruction.kind) {
    case "run": {
      const operation = runOperation(scope, instruction, proxyArgs(context.args));
      rememberRun(scope, operation);
      return operation;
    }
    case "copy":
    case "add": {
      const wanted = instruction.kind === "copy" ? instruction.from : undefined;
      const from = await context.copySource(wanted, source);
      const operation = copyOperation(scope, instruction, from);
      rememberCopy(scope, instruction);
      return operation;
    }
    case "workdir":
      return enterWorkdir(scope, instruction.path);
    default:
      applyMetadata(scope, instruction);
      return undefined;
  }
}

/** Each default sees the ARGs before it, those of the same line too. */
function declareArgs(context: StageContext, scope: Scope, written: ArgInstruction): undefined {
  const texts = written.args.map((arg) => {
    const { key } = arg;
    const value = argValue(context, scope.env, written, arg);
    if (value !== undefined) scope.env.set(key, value);
    scope.args.push({ key, ...(value !== undefined && { value }) });
    return value === undefined ? key : `${key}=${value}`;
  });
  remember(scope.draft, `ARG ${texts.join(" ")}`);
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

function enterWorkdir(scope: Scope, path: string): Operation | undefined {
  const directory = posix.resolve(workdirOf(scope), path);
  setWorkdir(scope.draft, directory);
  if (directory === "/") return undefined;
  return { kind: "workdir", directory, user: scope.draft.config.User ?? "" };
}
