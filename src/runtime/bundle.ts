import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CompiledSeccomp, findCompiled, withCompiled } from "./compiled-seccomp.ts";
import type { Runtime } from "./runtime.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";

/** A directory with the config.json of a container, for the runtime (runtime-spec, bundle.md). */
export interface Bundle {
  readonly directory: string;
  /** The first word of the command, for messages. */
  readonly program: string;
  readonly terminal: boolean;
  /** The seccomp filter that is to be kept once the runtime has compiled it. */
  readonly uncompiled?: CompiledSeccomp;
}

/** Writes the config.json into an existing directory, which is best on a tmpfs. */
export function writeBundle(runtime: Runtime, directory: string, spec: RuntimeSpec): Bundle {
  const compiled = findCompiled(runtime, spec);
  const written = compiled?.known ? withCompiled(spec, compiled) : spec;
  writeFileSync(join(directory, "config.json"), JSON.stringify(written), { mode: 0o600 });
  const { args, terminal } = spec.process;
  const base = { directory, program: args[0] ?? "", terminal };
  return compiled?.known === false ? { ...base, uncompiled: compiled } : base;
}

/** The environment of the programs that set containers up: nothing of ours gets in. */
export const TOOL_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
};
