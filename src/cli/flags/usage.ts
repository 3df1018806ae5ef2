import type { Command } from "./definition.ts";
import { UsageError } from "./usage-error.ts";

/** `Usage:  shale tag SOURCE TARGET`, and one more line for each further form. */
export function usageLines<Context>(path: string, { usage }: Command<Context>): string[] {
  const forms = typeof usage === "string" ? [usage] : usage;
  return forms.map((form, index) => `${index === 0 ? "Usage:  " : "\t"}${path} ${form}`.trimEnd());
}

/**
 * Checks the number of arguments of a command.
 *
 * @throws UsageError with exit code 1
 */
export function checkCount<Context>(path: string, command: Command<Context>, count: number): void {
  const { min = 0, max = Number.POSITIVE_INFINITY } = command.args ?? { max: 0 };
  if (count >= min && count <= max) return;
  const problem = `"${path}" ${requirement(min, max)}.\nSee '${path} --help'.`;
  const usage = usageLines(path, command).join("\n");
  throw new UsageError(`${problem}\n\n${usage}\n\n${command.summary}`, 1);
}

function requirement(min: number, max: number): string {
  if (max === 0) return "accepts no arguments";
  if (min === max) return `requires exactly ${plural(min)}`;
  if (max === Number.POSITIVE_INFINITY) return `requires at least ${plural(min)}`;
  if (min === 0) return `requires at most ${plural(max)}`;
  return `requires at least ${min} and at most ${plural(max)}`;
}

function plural(count: number): string {
  return `${count} argument${count === 1 ? "" : "s"}`;
}
