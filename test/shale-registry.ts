import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { program } from "./shale.ts";

/** A `shale registry serve` of our own. */
export interface ShaleRegistry extends AsyncDisposable {
  /** `127.0.0.1:1234`. */
  readonly host: string;
  readonly pid: number;
  readonly root: string;
}

/** `options` are more of the command line's. Without a `root` it gets one that goes with it. */
export async function startShaleRegistry(
  options: readonly string[] = [],
  root?: string,
): Promise<ShaleRegistry> {
  const home = root ?? mkdtempSync(join(tmpdir(), "shale-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const argv = [program, "registry", "serve", home, "--listen", host, ...options];
  const server = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  await answering(server, host);
  return {
    ...{ host, pid: server.pid, root: home },
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.exited;
      if (root === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
}

async function answering(
  server: Bun.Subprocess<"ignore", "ignore", "pipe">,
  host: string,
): Promise<void> {
  for (let tries = 0; tries < 200 && server.exitCode === null; tries++) {
    const tls = { rejectUnauthorized: false };
    const answers = ["http", "https"].map((scheme) => fetch(`${scheme}://${host}/v2/`, { tls }));
    if ((await Promise.allSettled(answers)).some(({ status }) => status === "fulfilled")) return;
    await Bun.sleep(50);
  }
  server.kill();
  throw new Error(`shale registry serve did not start: ${await server.stderr.text()}`);
}
