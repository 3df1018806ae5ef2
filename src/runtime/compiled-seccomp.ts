import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { bootId } from "#kernel";
import type { Runtime } from "./runtime.ts";
import type { RuntimeSpec, SpecSeccomp } from "./runtime-spec.ts";

/** crun takes a filter that is compiled already, in place of the profile. */
const ANNOTATION = "run.oci.seccomp_bpf_data";

/**
 * Compiling a profile is half of what starting a container costs crun. It leaves the filter with
 * the container's state: kept, it spares the next container with the same profile that work.
 */
export interface CompiledSeccomp {
  /** Where the filter is kept, or will be. */
  readonly path: string;
  readonly known: boolean;
}

/** The place of a spec's filter; undefined where there is none to keep. */
export function findCompiled(runtime: Runtime, spec: RuntimeSpec): CompiledSeccomp | undefined {
  const { seccomp } = spec.linux;
  if (runtime.name !== "crun" || seccomp === undefined) return undefined;
  const path = join(runtime.stateRoot, ".seccomp", keyOf(runtime, seccomp));
  return { path, known: existsSync(path) };
}

/** The spec with its filter, for a crun that knows what to do with it. */
export function withCompiled(spec: RuntimeSpec, { path }: CompiledSeccomp): RuntimeSpec {
  const filter = readFileSync(path).toString("base64");
  return { ...spec, annotations: { ...spec.annotations, [ANNOTATION]: filter } };
}

/** Keeps the filter of a container that the runtime has made. That there is none is no error. */
export function keepCompiled(runtime: Runtime, id: string, { path }: CompiledSeccomp): void {
  const made = join(runtime.stateRoot, id, "seccomp.bpf");
  const part = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    copyFileSync(made, part);
    if (statSync(part).size > 0) renameSync(part, path);
  } catch {
    // The container is gone already, or this crun keeps no filter: it is compiled again.
  }
}

/** The filter depends on the profile, the program and, through its libraries, the machine's state. */
function keyOf({ path }: Runtime, profile: SpecSeccomp): string {
  const { size, mtimeMs } = statSync(path);
  const facts = JSON.stringify([bootId(), path, size, mtimeMs, profile]);
  return new Bun.CryptoHasher("sha256").update(facts).digest("hex");
}
