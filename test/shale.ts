import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** `store` is where the store comes to be, below a directory of its own. */
export function createSandbox(store = "store"): Sandbox {
  const base = mkdtempSync(join(tmpdir(), "shale-test-"));
  const root = join(base, store);
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

/** Where a store keeps what lives until the next boot. */
export function runDirectory(root: string): string {
  return join("/run/shale", identity(root));
}

/** What is mounted below a directory, in the order of mounting. */
export function mountsBelow(directory: string): string[] {
  const targets = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => unescapeMount(line.split(" ")[4]!));
  return targets.filter((target) => target.startsWith(`${directory}/`));
}

/** What of a store is left when all images and containers are gone: should be nothing. */
export function leftovers(root: string): string[] {
  const places = ["blobs/sha256", "indexes/sha256", "snapshots", "ingest", "containers"];
  const loops = Bun.spawnSync(["losetup", "-nO", "BACK-FILE"]).stdout.toString().split("\n");
  return [
    ...places.flatMap((place) => namesIn(join(root, place)).map((name) => join(place, name))),
    ...mountsBelow(root),
    ...mountsBelow(runDirectory(root)),
    ...loops.filter((file) => file.includes(root)),
  ];
}

/** Starts `shale` and kills it after `ms`, unless it has ended; says whether it was killed. */
export async function killAfter(
  { root }: Sandbox,
  args: readonly string[],
  ms: number,
): Promise<boolean> {
  const child = Bun.spawn([program, ...args], {
    env: { ...process.env, SHALE_ROOT: root },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), ms);
  await child.exited;
  clearTimeout(timer);
  return child.signalCode === "SIGKILL";
}

/** How long `shale` takes for this here, ms: what a random moment is chosen in. */
export function timeOf({ run }: Sandbox, args: readonly string[]): number {
  const start = performance.now();
  run(args);
  return performance.now() - start;
}

/** Removes all images and containers and what was kept for builds. */
export function removeEverything({ shale }: Sandbox): void {
  const containers = shale("ps", "-aq").split("\n").filter(Boolean);
  if (containers.length > 0) shale("rm", "-f", ...containers);
  const images = [...new Set(shale("images", "-aq").split("\n"))].filter(Boolean);
  if (images.length > 0) shale("rmi", "-f", ...images);
  shale("builder", "prune", "-af");
  shale("image", "prune", "-af");
}

export function unmountBelow(directory: string): void {
  for (const target of mountsBelow(directory).reverse()) Bun.spawnSync(["umount", "-l", target]);
}

/** What a store leaves on the machine until the next boot: its run directory, name server and bridges. */
function forget(root: string): void {
  endNameServer(join(runDirectory(root), "dns"));
  unmountBelow(runDirectory(root));
  rmSync(runDirectory(root), { recursive: true, force: true });
  for (const bridge of bridgesOf(root)) Bun.spawnSync(["ip", "link", "delete", bridge]);
  Bun.spawnSync(["nft", "delete", "table", "inet", firewallTable(root)]);
}

/** The bridges of a store: each is noted with whose it is. */
export function bridgesOf(root: string): string[] {
  const { stdout } = Bun.spawnSync(["ip", "-j", "link", "show", "type", "bridge"]);
  const links = JSON.parse(stdout.toString() || "[]") as { ifname: string; ifalias?: string }[];
  return links.flatMap(({ ifname, ifalias }) =>
    ifalias === `shale ${identity(root)}` ? [ifname] : [],
  );
}

/** The nftables table of a store, of the family `inet`. */
export function firewallTable(root: string): string {
  return `shale_${identity(root)}`;
}

function endNameServer(directory: string): void {
  try {
    const pid = Number(readFileSync(join(directory, "aardvark.pid"), "utf8"));
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    if (command.includes(directory)) process.kill(pid, "SIGKILL");
  } catch {
    // There is none.
  }
}

function identity(root: string): string {
  return new Bun.CryptoHasher("sha256").update(root).digest("hex").slice(0, 12);
}

function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
