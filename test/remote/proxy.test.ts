// Proxies are named by the environment, which a process reads once: each case is a process.
import { expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { SERVER_CERTIFICATE, SERVER_KEY } from "../../src/remote/testing/certificates.ts";
import { startFakeRegistry } from "../../src/remote/testing/fake-registry.ts";

const remoteModule = join(import.meta.dir, "../../src/remote/testing/remote-for.ts");

/** Forwards nothing but CONNECT, and plain requests to any host; tells what it was asked for. */
async function startProxy(
  target: string,
): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { pathname } = new URL(request.url ?? "/", "http://proxy");
    fetch(`http://${target}${pathname}`).then(
      async (answer) => {
        const headers = { "Content-Type": answer.headers.get("content-type") ?? "" };
        response.writeHead(answer.status, headers).end(await answer.bytes());
      },
      () => response.destroy(),
    );
  });
  server.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    const [host = "", port] = target.split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) end.on("error", () => end.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
}

/** Reads a manifest in a process with this environment; gives its size, or what went wrong. */
async function readManifest(
  host: string,
  env: Record<string, string>,
  endpoint: object,
): Promise<string> {
  const program = `
    const { remoteFor } = await import(${JSON.stringify(remoteModule)});
    const remote = remoteFor(${JSON.stringify(host)}, { endpoint: ${JSON.stringify(endpoint)}, retry: { tries: 1 } });
    const repository = remote.repository({ registry: "docker.io", repository: "me/app" });
    console.log(await repository.manifest("one").then((got) => got.bytes.length, (error) => error.message));`;
  const process = Bun.spawn([Bun.argv[0]!, "-e", program], {
    env,
    stdout: "pipe",
    stderr: "inherit",
  });
  return (await new Response(process.stdout).text()).trim();
}

test("plain http and https go through the proxy, and past it by NO_PROXY or to loopback", async () => {
  await using plain = await startFakeRegistry();
  await using encrypted = await startFakeRegistry(undefined, {
    cert: SERVER_CERTIFICATE,
    key: SERVER_KEY,
  });
  for (const registry of [plain, encrypted])
    registry.addManifest("me/app:one", { config: {}, layers: [] });
  for (const [registry, protocol] of [
    [plain, "http"],
    [encrypted, "https"],
  ] as const) {
    const { url, asked, server } = await startProxy(registry.host);
    const endpoint = { protocol, insecure: true };
    const env = { HTTP_PROXY: url, HTTPS_PROXY: url };
    expect(await readManifest("registry.invalid:5000", env, endpoint)).toBe("25");
    expect(asked.length).toBe(1);
    expect(asked[0]).toContain("registry.invalid:5000");
    const past = { ...env, NO_PROXY: "registry.invalid" };
    expect(await readManifest("registry.invalid:5000", past, endpoint)).toContain("no such host");
    expect(await readManifest(registry.host, env, endpoint)).toBe("25");
    expect(asked.length).toBe(1);
    server.close();
  }
});
