// Other image tools, for tests that compare with them. Needs root and Debian's docker.io, podman, skopeo.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Docker daemon of our own: its data, socket and bridge touch nobody else's. */
export interface Dockerd extends AsyncDisposable {
  /** The docker client and the daemon's address, to call it in other ways. */
  readonly client: string;
  readonly host: string;
  /** Runs the docker client on it, expects exit code 0, gives standard output. */
  docker(
    args: readonly string[],
    options?: { input?: Uint8Array; env?: Record<string, string> },
  ): string;
}

const client = existsSync("/usr/bin/docker") ? "/usr/bin/docker" : "docker";

export async function startDockerd(): Promise<Dockerd> {
  const home = mkdtempSync(join(tmpdir(), "shale-dockerd-"));
  const bridge = `shdk${process.pid % 10000}`;
  // One that was killed may have had the same number.
  Bun.spawnSync(["ip", "link", "delete", bridge]);
  execute(["ip", "link", "add", bridge, "type", "bridge"]);
  execute(["ip", "address", "add", `10.213.${process.pid % 250}.1/24`, "dev", bridge]);
  const host = `unix://${home}/docker.sock`;
  const daemon = Bun.spawn(
    [
      "dockerd",
      "--data-root",
      `${home}/data`,
      "--exec-root",
      `${home}/exec`,
      "-H",
      host,
      "-p",
      `${home}/pid`,
      "--bridge",
      bridge,
      "--iptables=false",
      "--ip-masq=false",
    ],
    { stdin: "ignore", stdout: "ignore", stderr: Bun.file(`${home}/log`) },
  );
  await until(() => Bun.spawnSync([client, "-H", host, "version"]).exitCode === 0, `${home}/log`);
  return {
    client,
    host,
    docker: (args, options = {}) => execute([client, "-H", host, ...args], options),
    async [Symbol.asyncDispose]() {
      daemon.kill("SIGTERM");
      await daemon.exited;
      execute(["ip", "link", "delete", bridge]);
      for (const mount of mountsBelow(home)) Bun.spawnSync(["umount", "-l", mount]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Podman on a store of its own. */
export function podman(home: string, args: readonly string[]): string {
  mkdirSync(home, { recursive: true });
  const conf = join(home, "containers.conf");
  writeFileSync(
    conf,
    '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\n[engine]\nruntime = "runc"\n',
  );
  const stores = ["--root", join(home, "root"), "--runroot", join(home, "run")];
  return execute(["podman", ...stores, ...args], { env: { CONTAINERS_CONF: conf } });
}

/** Runs a program, expects exit code 0, gives standard output. */
export function execute(
  argv: readonly string[],
  options: { input?: Uint8Array; env?: Record<string, string>; cwd?: string } = {},
): string {
  const done = Bun.spawnSync([...argv], {
    env: { ...process.env, ...options.env },
    ...(options.cwd && { cwd: options.cwd }),
    ...(options.input && { stdin: options.input }),
  });
  if (done.exitCode !== 0)
    throw new Error(`${argv.join(" ")}: exit ${done.exitCode}\n${done.stderr}`);
  return done.stdout.toString().trimEnd();
}

async function until(ready: () => boolean, log: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (ready()) return;
    await Bun.sleep(200);
  }
  throw new Error(`dockerd did not start:\n${await Bun.file(log).text()}`);
}

function mountsBelow(directory: string): string[] {
  const targets = execute(["findmnt", "-rno", "TARGET"]).split("\n");
  return targets.filter((target) => target.startsWith(`${directory}/`)).reverse();
}
