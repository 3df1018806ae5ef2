import { join } from "node:path";
import { execute } from "../../test/peers.ts";
import type { Inputs } from "../rows.ts";
import { formatBytes, print, printHead } from "../table.ts";
import { type Load, putLoad } from "./load.ts";
import { processFigures } from "./process-figures.ts";
import { type Server, startServers } from "./server.ts";

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** Puts the same loads on our registry server and on docker-registry, one after the other. */
export async function compareServers(inputs: Inputs): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const servers = (await startServers()).map((server) => stack.use(server));
  for (const server of servers) copyBase(inputs.registry, server);
  printHead(["load", "server", "requests/s", "p50", "p99", "MB/s", "CPU of a request", "errors"]);
  for (const load of await loadsOn(servers[0]!))
    for (const server of servers) printLine(server, load);
  for (const { name, pid } of servers)
    print(["peak memory", name, formatBytes(processFigures(pid).peak)]);
}

function copyBase(from: string, { host }: Server): void {
  const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  execute(["skopeo", "copy", "-q", ...plain, `docker://${from}/debian`, `docker://${host}/debian`]);
}

async function loadsOn({ host }: Server): Promise<Load[]> {
  const answer = await fetch(`http://${host}/v2/debian/manifests/latest`);
  const { config, layers } = (await answer.json()) as Manifest;
  const blob = ({ digest }: { readonly digest: string }) => `/v2/debian/blobs/${digest}`;
  return [
    { name: "GET of a manifest by its tag", path: "/v2/debian/manifests/latest", connections: 16 },
    { name: "GET of a small blob", path: blob(config), connections: 16 },
    { name: "GET of the base's layer", path: blob(layers[0]!), connections: 4 },
    {
      name: "push of a blob of 1 MB (2 requests)",
      path: "/v2/pushed/blobs/uploads/",
      connections: 1,
      script: [join(import.meta.dir, "push.lua"), digestOfPushed()],
    },
  ];
}

function digestOfPushed(): string {
  const bytes = "0123456789abcdef".repeat(65536);
  return `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
}

function printLine(server: Server, load: Load): void {
  const { perSecond, p50, p99, bytesPerSecond, cpu, errors } = putLoad(server, load);
  print([
    load.name,
    server.name,
    perSecond.toFixed(0),
    `${p50.toFixed(2)} ms`,
    `${p99.toFixed(2)} ms`,
    (bytesPerSecond / 1e6).toFixed(0),
    `${(cpu * 1000).toFixed(2)} ms`,
    String(errors),
  ]);
}
