import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Outcome } from "./shale.ts";

const PROGRAM = resolve(import.meta.dir, "../dist/shale");
const TOOLS = ["useradd", "newuidmap", "slirp4netns", "crun", "conmon", "nft", "runuser"];
/** A machine without udev has it for root alone; what we do about that is seen by the user only. */
const OPEN_TUN = "mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200";

/** Root makes the user; the program must be compiled. */
export const canMakeUsers =
  process.getuid?.() === 0 && [PROGRAM, ...TOOLS].every((tool) => Bun.which(tool) !== null);

/** A user of the machine without any privilege, with a home and a copy of the program. */
export class OrdinaryUser implements Disposable {
  readonly name = `shale-${process.pid}`;
  readonly home = mkdtempSync(join(tmpdir(), "shale-user-"));
  readonly #program = join(this.home, "shale");

  constructor() {
    const made = Bun.spawnSync(["useradd", "--home-dir", this.home, "--no-create-home", this.name]);
    if (made.exitCode !== 0) throw new Error(`useradd: ${made.stderr}`);
    Bun.spawnSync(["chown", this.name, this.home]);
    copyFileSync(PROGRAM, this.#program);
    chmodSync(this.#program, 0o755);
  }

  /** Runs a program as the user, in a session that has neither systemd nor XDG_RUNTIME_DIR. */
  run(argv: readonly string[], input?: Uint8Array): Outcome {
    const variables = [`HOME=${this.home}`, "PATH=/usr/bin:/bin"];
    const asUser = `${OPEN_TUN} && exec runuser -u ${this.name} -- env -i "$@"`;
    const isolated = ["unshare", "-m", "--propagation", "slave", "sh", "-c", asUser, "sh"];
    const done = Bun.spawnSync([...isolated, ...variables, ...argv], {
      cwd: this.home,
      ...(input && { stdin: input }),
    });
    return { code: done.exitCode, stdout: done.stdout.toString(), stderr: done.stderr.toString() };
  }

  /** Runs shale, whatever comes of it. */
  try(...args: readonly string[]): Outcome {
    return this.run([this.#program, ...args]);
  }

  /** Runs shale, expects exit code 0, gives standard output without its last newline. */
  shale(...args: readonly string[]): string {
    const { code, stdout, stderr } = this.try(...args);
    if (code !== 0) throw new Error(`shale ${args.join(" ")}: exit ${code}\n${stderr}${stdout}`);
    return stdout.replace(/\n$/, "");
  }

  import(tar: string, name: string): void {
    const { code, stderr } = this.run([this.#program, "import", "-", name], readFileSync(tar));
    if (code !== 0) throw new Error(stderr);
  }

  /** The names of the programs that run for the user, those of subordinate ids included. */
  processes(): { readonly pid: number; readonly program: string }[] {
    const namespace = (pid: string) => statusOf(pid, "Uid").split("\t")[1];
    const own = Bun.spawnSync(["id", "-u", this.name]).stdout.toString().trim();
    const pids = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid));
    return pids
      .filter((pid) => namespace(pid) === own && !statusOf(pid, "State").includes("Z"))
      .map((pid) => ({ pid: Number(pid), program: statusOf(pid, "Name").trim() }));
  }

  [Symbol.dispose](): void {
    for (const { pid } of this.processes()) process.kill(pid, "SIGKILL");
    Bun.spawnSync(["userdel", "--force", this.name]);
    rmSync(this.home, { recursive: true, force: true });
  }
}

function statusOf(pid: string, field: string): string {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return new RegExp(`^${field}:(.*)$`, "m").exec(text)?.[1] ?? "";
  } catch {
    return "";
  }
}
