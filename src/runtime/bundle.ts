import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RuntimeSpec } from "./runtime-spec.ts";

/** A directory with the config.json of a container, for the runtime (runtime-spec, bundle.md). */
export interface Bundle {
  readonly directory: string;
  /** The first word of the command, for messages. */
  readonly program: string;
  readonly terminal: boolean;
}

/** Writes the config.json into an existing directory, which is best on a tmpfs. */
export function writeBundle(directory: string, spec: RuntimeSpec): Bundle {
  writeFileSync(join(directory, "config.json"), JSON.stringify(spec), { mode: 0o600 });
  const { args, terminal } = spec.process;
  return { directory, program: args[0] ?? "", terminal };
}

/** The environment of the programs that set containers up: nothing of ours gets in. */
export const TOOL_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
};
