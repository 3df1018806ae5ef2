// Debian's docker-registry, for tests and benches. Needs the package docker-registry.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

/** A docker-registry of our own. */
export interface DockerRegistry extends AsyncDisposable {
  /** `localhost:1234`. */
  readonly host: string;
  readonly pid: number;
  /** Where it keeps everything; may be emptied while it runs. */
  readonly storage: string;
}

export interface DockerRegistryOptions {
  /** More of its config, as YAML: `auth:`, say. */
  readonly config?: string;
  /** More of `http:`, as YAML with two spaces before each line. */
  readonly http?: string;
}

export async function startDockerRegistry(
  options: DockerRegistryOptions = {},
): Promise<DockerRegistry> {
  const home = mkdtempSync(join(tmpdir(), "shale-registry-"));
  const storage = join(home, "storage");
  mkdirSync(storage);
  const port = await freePort();
  const config = join(home, "config.yml");
  writeFileSync(config, configText(storage, port, options));
  const log = join(home, "log");
  const server = Bun.spawn(["docker-registry", "serve", config], {
    ...{ stdin: "ignore", stdout: Bun.file(log), stderr: Bun.file(log) },
  });
  await listening(port, log);
  return {
    host: `localhost:${port}`,
    pid: server.pid,
    storage,
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await server.exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function configText(
  storage: string,
  port: number,
  { config = "", http = "" }: DockerRegistryOptions,
) {
  return `version: 0.1
log:
  level: error
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: ${storage}
  delete:
    enabled: true
http:
  addr: 127.0.0.1:${port}
${http}
${config}
`;
}

async function listening(port: number, log: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).catch(
      () => undefined,
    );
    socket?.end();
    if (socket) return;
    await Bun.sleep(50);
  }
  throw new Error(`docker-registry did not start:\n${await Bun.file(log).text()}`);
}
