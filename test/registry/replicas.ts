// Several `shale registry serve` on one bucket and one database, and a balancer in front of them.
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "../free-port.ts";
import { program } from "../shale.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { type S3Server, startS3Server } from "./s3-server.ts";

export interface Replica {
  readonly url: string;
  /** Kills it, and waits until it is dead. */
  kill(): Promise<void>;
  /** The same again, at the same address. */
  restart(): Promise<void>;
}

export interface Replicas extends AsyncDisposable {
  /** The balancer's. */
  readonly url: string;
  /** The first one sends readers to the store itself. */
  readonly each: readonly [Replica, Replica];
  readonly s3: S3Server;
  readonly postgres: Postgres;
  /** The flags and the environment of a command that works on the same registry. */
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Both are started at once, on a database without tables. */
export async function startReplicas(prefix = "images"): Promise<Replicas> {
  await using started = new AsyncDisposableStack();
  const servers = [startS3Server(), startPostgres()] as const;
  const [s3, postgres] = await Promise.all(servers);
  started.use(postgres);
  started.use(s3);
  const storage = `s3://${s3.bucket}/${prefix}`;
  const flags = ["--storage", storage, "--database", postgres.database("registry")];
  const serve = (...more: string[]) => startReplica([...flags, ...more], s3.environment);
  const each = await Promise.all([serve("--redirect"), serve()]);
  for (const replica of each) started.defer(() => replica.kill());
  const balancer = await startBalancer(each.map(({ url }) => Number(new URL(url).port)));
  started.defer(() => void balancer.server.close());
  const all = started.move();
  return {
    ...{ url: balancer.url, each, s3, postgres, flags, environment: s3.environment },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Runs a program that is killed with the test process, come what may. */
const WITH_US = ["setpriv", "--pdeathsig=KILL", "--"];

async function startReplica(
  flags: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Replica> {
  const host = `127.0.0.1:${await freePort()}`;
  const argv = [...WITH_US, program, "registry", "serve", "--listen", host, ...flags];
  const options = { env: { ...process.env, ...environment } };
  const start = async () => {
    const server = Bun.spawn(argv, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    for (let tries = 0; !(await answers(host)); tries++) {
      if (server.exitCode !== null || tries > 200) throw new Error(await server.stderr.text());
      await Bun.sleep(50);
    }
    return server;
  };
  let server = await start();
  return {
    url: `http://${host}`,
    async kill() {
      server.kill("SIGKILL");
      await server.exited;
    },
    async restart() {
      server = await start();
    },
  };
}

async function answers(host: string): Promise<boolean> {
  const response = await fetch(`http://${host}/v2/`).catch(() => undefined);
  return response?.ok === true;
}

/** Gives each connection to the next server in turn that takes it. */
async function startBalancer(ports: readonly number[]): Promise<{ url: string; server: Server }> {
  let turn = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => client.destroy());
    forward(client, ports, turn++, ports.length);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${port}`, server };
}

function forward(client: Socket, ports: readonly number[], turn: number, tries: number): void {
  const upstream = connect({
    port: ports[turn % ports.length]!,
    host: "127.0.0.1",
    allowHalfOpen: true,
  });
  let connected = false;
  upstream.on("connect", () => {
    connected = true;
    client.pipe(upstream).pipe(client);
  });
  upstream.on("error", () => {
    if (connected || tries <= 1) client.destroy();
    else forward(client, ports, turn + 1, tries - 1);
  });
  client.on("close", () => upstream.destroy());
  upstream.on("close", () => connected && client.destroySoon());
}
