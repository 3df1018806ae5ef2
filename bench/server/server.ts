import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDockerRegistry } from "../../test/docker-registry.ts";
import { freePort } from "../../test/free-port.ts";
import { program } from "../../test/shale.ts";

/** A registry server that is measured. */
export interface Server extends AsyncDisposable {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
}

export async function startServers(): Promise<Server[]> {
  const peer = await startDockerRegistry();
  const { host, pid } = peer;
  const dispose = () => peer[Symbol.asyncDispose]();
  return [
    await startShale(),
    { name: "docker-registry", host, pid, [Symbol.asyncDispose]: dispose },
  ];
}

async function startShale(): Promise<Server> {
  const root = mkdtempSync(join(tmpdir(), "shale-bench-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const argv = [program, "registry", "serve", root, "--listen", host, "--log", "none"];
  const server = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  await answering(host);
  return {
    ...{ name: "shale", host, pid: server.pid },
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.exited;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function answering(host: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.ok) return;
    await Bun.sleep(50);
  }
  throw new Error(`the registry at ${host} did not start`);
}
