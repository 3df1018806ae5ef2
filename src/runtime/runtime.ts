import { basename, resolve } from "node:path";
import { fail } from "#errors";
import {
  type CgroupLayout,
  cgroupLayout,
  findTool,
  inUserNamespace,
  requireTool,
  runTool,
  UNIFIED_CGROUP,
} from "#kernel";

/** The OCI runtime that was picked, and how it has to be called here. */
export interface Runtime {
  readonly name: "crun" | "runc";
  readonly path: string;
  /** What containers can be put under; `none` where control groups cannot be used. */
  readonly cgroups: CgroupLayout;
  readonly rootless: boolean;
  /** Why it was picked and what is special about calling it, for people. */
  readonly reason: string;
  /** Where it keeps its state: one directory for one store. */
  readonly stateRoot: string;
  /** The beginning of any command that looks at or ends a container. */
  readonly argv: readonly string[];
  /** The beginning of the commands that make control groups and mounts: create, run. */
  readonly createArgv: readonly string[];
  /** The beginning of the commands that work on control groups which are there: exec, pause. */
  readonly joinArgv: readonly string[];
  /** Asks the program itself. */
  version(): Promise<string>;
}

export interface RuntimeOptions {
  /** Made by the runtime when missing. */
  readonly stateRoot: string;
  /** `crun`, `runc` or the path of one of them, in place of the choice. */
  readonly forced?: string;
}

/** How a kind of runtime is called where the plain call does not do. */
interface Calling {
  readonly creating: readonly string[];
  readonly joining: readonly string[];
  readonly flags: readonly string[];
  readonly note?: string;
}

/**
 * Picks the OCI runtime: crun, else runc. Costs no process. Fails with `failed-precondition`
 * when neither is there, and with `invalid-argument` for a forced one that is none of them.
 */
export function selectRuntime({ stateRoot, forced }: RuntimeOptions): Runtime {
  const { name, path, why } = forced === undefined ? choose() : force(forced);
  const rootless = inUserNamespace();
  const layout = cgroupLayout();
  const { creating, joining, flags, note } = callingOf(name, layout, rootless);
  const command = [path, ...flags, "--root", resolve(stateRoot)];
  return {
    name,
    path,
    cgroups: rootless ? "none" : layout,
    rootless,
    reason: note === undefined ? why : `${why}; ${note}`,
    stateRoot: resolve(stateRoot),
    argv: command,
    createArgv: [...creating, ...command],
    joinArgv: [...joining, ...command],
    version: () => readVersion(path),
  };
}

function choose(): { name: "crun" | "runc"; path: string; why: string } {
  const crun = findTool("crun");
  if (crun !== undefined) return { name: "crun", path: crun, why: "crun is the fastest found" };
  const runc = findTool("runc");
  if (runc !== undefined) return { name: "runc", path: runc, why: "crun is not installed" };
  return fail(
    "failed-precondition",
    'no OCI runtime found: install one with "apt-get install crun"',
  );
}

function force(forced: string): { name: "crun" | "runc"; path: string; why: string } {
  const name = basename(forced);
  if (name !== "crun" && name !== "runc")
    fail("invalid-argument", `unknown runtime ${forced}: crun, runc or a path of one is possible`);
  return { name, path: requireTool(forced), why: "asked for" };
}

/**
 * crun refuses control groups of both versions at once, and is therefore not shown the newer;
 * without privilege over them it is shown none.
 */
function callingOf(name: string, layout: CgroupLayout, rootless: boolean): Calling {
  if (name === "runc") return PLAIN;
  const noCgroups = rootless || layout === "none";
  const flags = noCgroups ? ["--cgroup-manager=disabled"] : [];
  if (rootless && layout !== "v2") {
    const hiding = changing("mount -t tmpfs tmpfs /sys/fs/cgroup");
    return { creating: hiding, joining: hiding, flags, note: "control groups are hidden from it" };
  }
  if (layout !== "hybrid") return { ...PLAIN, flags };
  const creating = changing(`umount ${UNIFIED_CGROUP}`);
  return { creating, joining: covering(), flags, note: `${UNIFIED_CGROUP} is hidden from it` };
}

const PLAIN: Calling = { creating: [], joining: [], flags: [] };

/** The beginning of a command that sees other mounts than the rest of the system. */
function changing(command: string): string[] {
  return [...privately(), "/bin/sh", "-c", `${command} 2>/dev/null; exec "$0" "$@"`];
}

/**
 * Whatever is mounted on top hides it from one who only looks for control groups that are there;
 * what unshare mounts by itself costs no shell.
 */
function covering(): string[] {
  return [...privately(), `--mount-proc=${UNIFIED_CGROUP}`];
}

function privately(): string[] {
  return [requireTool("unshare"), "-m", "--propagation", "slave"];
}

async function readVersion(path: string): Promise<string> {
  const { stdout } = await runTool([path, "--version"]);
  return /version\s+(\S+)/.exec(stdout)?.[1] ?? stdout.trim();
}
