import type { Instruction, KeyValue } from "#dockerfile";
import { fail } from "#errors";
import { healthOf } from "#image";
import { parseSignal } from "#kernel";
import * as draft from "./image-draft.ts";
import { parseExposedPorts } from "./ports.ts";
import type { Scope } from "./scope.ts";

/** An instruction that changes the configuration alone. */
export type MetadataInstruction = Exclude<
  Instruction,
  { kind: "run" | "copy" | "add" | "workdir" | "arg" }
>;

/** Applies an instruction that changes no files; its variables are expanded already. */
export function applyMetadata(scope: Scope, instruction: MetadataInstruction): void {
  if (instruction.kind === "env") applyEnv(scope, instruction.pairs.map(pairOf));
  else changeDraft(scope.draft, instruction);
}

function applyEnv({ draft: open, env }: Scope, pairs: readonly [string, string][]): void {
  for (const [name, value] of pairs) env.set(name, value);
  draft.setEnv(open, pairs);
}

function changeDraft(
  open: draft.OpenDraft,
  instruction: Exclude<MetadataInstruction, { kind: "env" }>,
): void {
  switch (instruction.kind) {
    case "label":
      draft.setLabels(open, instruction.pairs.map(pairOf));
      break;
    case "expose":
      draft.exposePorts(open, instruction.ports.flatMap(parseExposedPorts));
      break;
    case "volume":
      draft.addVolumes(open, instruction.paths.map(checkVolume));
      break;
    case "user":
      draft.setUser(open, instruction.user);
      break;
    case "cmd":
      draft.setCmd(open, commandOf(open, instruction.command));
      break;
    case "entrypoint":
      draft.setEntrypoint(open, commandOf(open, instruction.command));
      break;
    case "shell":
      draft.setShell(open, instruction.shell);
      break;
    case "stopsignal":
      parseSignal(instruction.signal);
      draft.setStopSignal(open, instruction.signal);
      break;
    case "healthcheck":
      draft.setHealthcheck(open, healthOf(instruction));
      break;
    case "maintainer":
      draft.setMaintainer(open, instruction.maintainer);
      break;
    case "onbuild":
      draft.addTrigger(open, instruction.expression);
      break;
  }
}

function commandOf(
  open: draft.ImageDraft,
  { form, args }: { readonly form: "shell" | "exec"; readonly args: readonly string[] },
): readonly string[] {
  return form === "exec" || args.length === 0 ? args : draft.withShell(open, args.join(" "));
}

function checkVolume(path: string): string {
  return path === ""
    ? fail("invalid-argument", "VOLUME specified can not be an empty string")
    : path;
}

function pairOf({ key, value }: KeyValue): [string, string] {
  return [key, value];
}
