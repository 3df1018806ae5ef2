import { quote } from "#errors";
import type { DockerfileNode } from "../syntax/node.ts";
import { refuse } from "../syntax/refusal.ts";
import { type FlagKind, type FlagValues, readFlags } from "./flag-values.ts";
import type { HealthcheckInstruction, InstructionText } from "./instruction.ts";
import { parseDuration } from "./quantity.ts";

const FLAGS: Readonly<Record<string, FlagKind>> = {
  interval: "text",
  timeout: "text",
  "start-period": "text",
  "start-interval": "text",
  retries: "text",
};
const SHORTEST = 1_000_000;

export function parseHealthcheck(
  node: DockerfileNode,
  text: InstructionText,
): HealthcheckInstruction {
  const [type, ...command] = node.args;
  if (type === undefined) return refuse("HEALTHCHECK requires at least one argument");
  if (type.toUpperCase() === "NONE") {
    if (command.length > 0) refuse("HEALTHCHECK NONE takes no arguments");
    return { ...text, kind: "healthcheck", test: ["NONE"] };
  }
  const flags = readFlags(node.flags, FLAGS);
  const test = testOf(type.toUpperCase(), command, node.json);
  return { ...text, kind: "healthcheck", test, ...durations(flags), ...retriesOf(flags) };
}

function testOf(type: string, command: readonly string[], json: boolean): string[] {
  if (type !== "CMD") refuse(`Unknown type ${quote(type)} in HEALTHCHECK (try CMD)`);
  if (command.length === 0) refuse("Missing command after HEALTHCHECK CMD");
  return [json ? "CMD" : "CMD-SHELL", ...command];
}

type Durations = Partial<Record<"interval" | "timeout" | "startPeriod" | "startInterval", number>>;

function durations(flags: FlagValues): Durations {
  const interval = durationOf(flags, "interval");
  const timeout = durationOf(flags, "timeout");
  const startPeriod = durationOf(flags, "start-period");
  const startInterval = durationOf(flags, "start-interval");
  return {
    ...(interval && { interval }),
    ...(timeout && { timeout }),
    ...(startPeriod && { startPeriod }),
    ...(startInterval && { startInterval }),
  };
}

/** Zero, as no value, means that the runtime's default holds. */
function durationOf(flags: FlagValues, name: string): number | undefined {
  const text = flags.text(name);
  if (!text) return undefined;
  const duration = parseDuration(text);
  if (duration !== 0 && duration < SHORTEST)
    refuse(`Interval ${quote(name)} cannot be less than 1ms`);
  return duration;
}

function retriesOf(flags: FlagValues): { retries?: number } {
  const text = flags.text("retries");
  if (!text) return {};
  if (!/^[-+]?\d{1,10}$/.test(text) || Math.abs(Number(text)) >= 2 ** 31)
    refuse(`invalid --retries ${quote(text)}: it must be a whole number`);
  const retries = Number(text);
  if (retries < 0) refuse(`--retries cannot be negative (${retries})`);
  return retries === 0 ? {} : { retries };
}
