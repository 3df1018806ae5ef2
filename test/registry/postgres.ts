// PostgreSQL for tests: a cluster of its own, as user postgres, as durable as in production.
import { chownSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { execute } from "../peers.ts";

export interface Postgres extends AsyncDisposable {
  /** A new, empty database; gives its URL. */
  database(name: string): string;
  start(): Promise<void>;
  /** As a crash would end it: connections break, and the next start recovers from the log. */
  stop(): Promise<void>;
}

const INSTALLED = "/usr/lib/postgresql";
const [VERSION = ""] = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a));
const program = (name: string) => join(INSTALLED, VERSION, "bin", name);

/** What it starts is killed with the test process. */
const asPostgres = [
  ...["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"],
  ...["--pdeathsig=KILL", "--"],
];

/** Removes a directory when its standard input ends: with the test process, come what may. */
const AFTER_US = [
  "sh",
  "-c",
  'trap "" INT TERM HUP; cat; rm -rf "$0" || { sleep 1; rm -rf "$0"; }',
];

/** A server on a free port of loopback, and on a socket in its directory. */
export async function startPostgres(): Promise<Postgres> {
  const home = mkdtempSync(join(tmpdir(), "shale-postgres-"));
  chownSync(home, idOf("-u"), idOf("-g"));
  const remover = Bun.spawn([...AFTER_US, home], { stdio: ["pipe", "ignore", "ignore"] });
  const data = join(home, "data");
  const port = String(await freePort());
  const run = (name: string, ...args: string[]) =>
    execute([...asPostgres, program(name), ...args], { cwd: home });
  run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N");
  let server: Bun.Subprocess | undefined;
  const start = async () => {
    const listen = ["-p", port, "-h", "127.0.0.1", "-k", home];
    // After a crash it syncs every file; at once is as safe, and sooner done.
    const sync = ["-c", "recovery_init_sync_method=syncfs"];
    server = Bun.spawn([...asPostgres, program("postgres"), "-D", data, ...listen, ...sync], {
      cwd: home,
      stdio: ["ignore", "ignore", Bun.file(join(home, "log"))],
    });
    const ready = [program("pg_isready"), "-q", "-h", home, "-p", port];
    for (let tries = 0; Bun.spawnSync(ready).exitCode !== 0; tries++) {
      if (tries > 300) throw new Error(await Bun.file(join(home, "log")).text());
      await Bun.sleep(50);
    }
  };
  const stop = async () => {
    server?.kill("SIGQUIT");
    await server?.exited;
  };
  await start();
  return {
    database(name) {
      run("createdb", "-h", home, "-p", port, "-U", "postgres", name);
      return `postgres://postgres@127.0.0.1:${port}/${name}`;
    },
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      remover.stdin.end();
      await remover.exited;
    },
  };
}

function idOf(kind: "-u" | "-g"): number {
  return Number(execute(["id", kind, "postgres"]));
}
