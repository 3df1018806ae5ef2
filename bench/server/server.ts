import { startDockerRegistry } from "../../test/docker-registry.ts";
import { startShaleRegistry } from "../../test/shale-registry.ts";

/** A registry server that is measured. */
export interface Server extends AsyncDisposable {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
}

export async function startServers(): Promise<Server[]> {
  return [
    named("shale", await startShaleRegistry(["--log", "none"])),
    named("docker-registry", await startDockerRegistry()),
  ];
}

function named(name: string, server: Omit<Server, "name">): Server {
  const { host, pid } = server;
  return { name, host, pid, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
