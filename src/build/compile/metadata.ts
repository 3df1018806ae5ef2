import type { Instruction, KeyValue } from "#dockerfile";
import { fail } from "#errors";
import { healthOf } from "#image";
import { parseSignal } from "#kernel";
import * as draft from "./image-draft.ts";
import { parseExposedPorts } from "./ports.ts";
import { type Scope, withDraft, withEnv } from "./scope.ts";

/** An instruction that changes the configuration alone. */
export type MetadataInstruction = Exclude<
  Instruction,
  { kind: "run" | "copy" | "add" | "workdir" | "arg" }
>;

/** The scope after an instruction that changes no files; its variables are expanded already. */
export function applyMetadata(scope: Scope, instruction: MetadataInstruction): Scope {
  if (instruction.kind === "env") return applyEnv(scope, instruction.pairs.map(pairOf));
  return withDraft(scope, changeDraft(scope.draft, instruction));
}

/** Declares the names of an ARG; `value` gives what each of them stands for. */
export function applyArg(
  scope: Scope,
  args: readonly { readonly key: string; readonly value?: string }[],
): Scope {
  const pairs = args.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]]));
  const texts = args.map(({ key, value }) => (value === undefined ? key : `${key}=${value}`));
  const remembered = draft.remember(scope.draft, `ARG ${texts.join(" ")}`);
  const declared = withEnv(scope, pairs as [string, string][]);
  return { ...declared, draft: remembered, args: [...scope.args, ...args] };
}

function applyEnv(scope: Scope, pairs: readonly [string, string][]): Scope {
  return withDraft(withEnv(scope, pairs), draft.setEnv(scope.draft, pairs));
}

function changeDraft(
  before: draft.ImageDraft,
  instruction: Exclude<MetadataInstruction, { kind: "env" }>,
): draft.ImageDraft {
  switch (instruction.kind) {
    case "label":
      return draft.setLabels(before, instruction.pairs.map(pairOf));
    case "expose":
      return draft.exposePorts(before, instruction.ports.flatMap(parseExposedPorts));
    case "volume":
      return draft.addVolumes(before, instruction.paths.map(checkVolume));
    case "user":
      return draft.setUser(before, instruction.user);
    case "cmd":
      return draft.setCmd(before, commandOf(before, instruction.command));
    case "entrypoint":
      return draft.setEntrypoint(before, commandOf(before, instruction.command));
    case "shell":
      return draft.setShell(before, instruction.shell);
    case "stopsignal":
      parseSignal(instruction.signal);
      return draft.setStopSignal(before, instruction.signal);
    case "healthcheck":
      return draft.setHealthcheck(before, healthOf(instruction));
    case "maintainer":
      return draft.setMaintainer(before, instruction.maintainer);
    case "onbuild":
      return draft.addTrigger(before, instruction.expression);
  }
}

function commandOf(
  before: draft.ImageDraft,
  { form, args }: { readonly form: "shell" | "exec"; readonly args: readonly string[] },
): readonly string[] {
  return form === "exec" || args.length === 0 ? args : draft.withShell(before, args.join(" "));
}

function checkVolume(path: string): string {
  return path === ""
    ? fail("invalid-argument", "VOLUME specified can not be an empty string")
    : path;
}

function pairOf({ key, value }: KeyValue): [string, string] {
  return [key, value];
}
