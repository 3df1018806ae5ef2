import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const program = join(import.meta.dir, "..", "bin", "shale");
const scripts = join(import.meta.dir, "..", "scripts");

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A store of its own for one test file, and the program to work on it. */
export interface Sandbox extends Disposable {
  readonly root: string;
  /** A scratch directory beside the store. */
  readonly work: string;
  /** Runs `shale` and gives what came out, whatever the exit code. */
  run(args: readonly string[], options?: RunOptions): Outcome;
  /** Runs `shale`, expects exit code 0, gives standard output without its last newline. */
  shale(...args: string[]): string;
  /** Starts `shale` without waiting for it. */
  start(args: readonly string[], options?: RunOptions): Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Writes files below `work` and gives the directory. */
  files(directory: string, contents: Record<string, string>): string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Record<string, string>;
}

export function createSandbox(): Sandbox {
  const base = mkdtempSync(join(tmpdir(), "shale-test-"));
  const root = join(base, "store");
  const work = join(base, "work");
  const environment = (options: RunOptions) => ({
    ...process.env,
    SHALE_ROOT: root,
    ...options.env,
  });
  const run = (args: readonly string[], options: RunOptions = {}): Outcome => {
    const done = Bun.spawnSync([program, ...args], {
      cwd: options.cwd ?? base,
      env: environment(options),
      ...(options.input !== undefined && { stdin: Buffer.from(options.input as string) }),
    });
    return { code: done.exitCode, stdout: done.stdout.toString(), stderr: done.stderr.toString() };
  };
  return {
    root,
    work,
    run,
    shale(...args) {
      const { code, stdout, stderr } = run(args);
      if (code !== 0) throw new Error(`shale ${args.join(" ")}: exit ${code}\n${stderr}${stdout}`);
      return stdout.replace(/\n$/, "");
    },
    start(args, options = {}) {
      return Bun.spawn([program, ...args], {
        cwd: options.cwd ?? base,
        env: environment(options),
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
    },
    files(directory, contents) {
      for (const [name, text] of Object.entries(contents)) {
        const path = join(work, directory, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
      return join(work, directory);
    },
    [Symbol.dispose]() {
      unmountBelow(base);
      forget(root);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** The tar of an offline base, made once from Debian packages. */
export function base(name: "busybox" | "debian"): string {
  const done = Bun.spawnSync([join(scripts, "base"), name], { stderr: "inherit" });
  if (done.exitCode !== 0) throw new Error(`scripts/base ${name} failed`);
  return resolve(import.meta.dir, "..", done.stdout.toString().trim());
}

function unmountBelow(directory: string): void {
  const { stdout } = Bun.spawnSync(["findmnt", "-rno", "TARGET"]);
  const targets = stdout
    .toString()
    .split("\n")
    .filter((target) => target.startsWith(`${directory}/`));
  for (const target of targets.reverse()) Bun.spawnSync(["umount", "-l", target]);
}

/** What a store leaves on the machine until the next boot: its run directory and its bridge. */
function forget(root: string): void {
  const id = new Bun.CryptoHasher("sha256").update(root).digest("hex").slice(0, 12);
  unmountBelow(join("/run/shale", id));
  rmSync(join("/run/shale", id), { recursive: true, force: true });
  Bun.spawnSync(["ip", "link", "delete", `shale-${id.slice(0, 8)}`]);
  Bun.spawnSync(["nft", "delete", "table", "ip", `shale_${id}`]);
}
