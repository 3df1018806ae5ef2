import { quote } from "#errors";
import { expandWord } from "../expansion/shell-lexer.ts";
import type { EscapeToken } from "../syntax/directives.ts";
import type { DockerfileNode } from "../syntax/node.ts";
import { refuse } from "../syntax/refusal.ts";
import { type FlagKind, readFlags } from "./flag-values.ts";
import type { CommandLine, InstructionText, RunInstruction } from "./instruction.ts";
import { parseDevice } from "./run-device.ts";
import { parseMount } from "./run-mount.ts";

const FLAGS: Readonly<Record<string, FlagKind>> = {
  mount: "texts",
  network: "text",
  security: "text",
  device: "texts",
};

export function parseRun(
  node: DockerfileNode,
  text: InstructionText,
  escapeToken: EscapeToken,
): RunInstruction {
  const flags = readFlags(node.flags, FLAGS);
  const mountTexts = flags.texts("mount");
  const expand = (value: string) => expandWord(value, new Map(), { escape: escapeToken });
  return {
    ...text,
    kind: "run",
    command: commandLine(node),
    heredocs: node.heredocs.map(({ name, content, chomp }) => ({ name, content, chomp })),
    mountTexts,
    mounts: mountTexts.filter(isConstant).map((mount) => parseMount(mount, expand)),
    network: networkOf(flags.text("network") ?? "default"),
    security: securityOf(flags.text("security") ?? "sandbox"),
    devices: flags.texts("device").map(parseDevice),
  };
}

/** The command of a RUN, CMD or ENTRYPOINT. */
export function commandLine(node: DockerfileNode): CommandLine {
  return { form: node.json ? "exec" : "shell", args: node.args };
}

/** A variable in `from` is an error whatever its value, so it is not waited for. */
function isConstant(mount: string): boolean {
  return !mount.includes("$") || /(^|,)from=[^,]*\$[^,]/i.test(mount);
}

function networkOf(value: string): RunInstruction["network"] {
  if (value === "default" || value === "none" || value === "host") return value;
  return refuse(`invalid network mode ${quote(value)} (one of default, none, host)`);
}

function securityOf(value: string): RunInstruction["security"] {
  if (value === "sandbox" || value === "insecure") return value;
  return refuse(`security ${quote(value)} is not valid (one of sandbox, insecure)`);
}
