// How `shale registry serve` is run: signals, certificates, logs, limits. Needs openssl.
import { expect, test } from "bun:test";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { digestOf } from "#oci";
import { createSandbox } from "../shale.ts";
import {
  makeCertificate,
  type RunningServer,
  runServer,
  until,
  userLine,
} from "./running-server.ts";

/** The name in the certificate that a new connection is shown. */
function certificateOf({ host }: RunningServer): Promise<string> {
  const [hostname, port] = host.split(":");
  return new Promise((resolve, reject) => {
    const options = { host: hostname!, port: Number(port), rejectUnauthorized: false };
    const socket = connectTls(options, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Begins an upload, sends the first half of it and waits for `during`, then the rest. */
async function uploadAround({ host, url }: RunningServer, during: () => Promise<unknown>) {
  const begun = await fetch(`${url}/v2/app/blobs/uploads/`, { method: "POST" });
  const path = begun.headers.get("location")!;
  const [hostname, port] = host.split(":");
  const socket = connect(Number(port), hostname!);
  let answer = "";
  socket.on("data", (data) => {
    answer += data.toString();
  });
  socket.write(`PATCH ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 10\r\n\r\n01234`);
  await Bun.sleep(100);
  await during();
  socket.write("56789");
  await until(() => answer.includes("\r\n\r\n"));
  return { answer, finish: `${url}${path}?digest=${digestOf("0123456789")}` };
}

test("SIGHUP: a new certificate and a new user, while a request goes on", async () => {
  await using server = await runServer((home) => {
    const { cert, key } = makeCertificate(home, "one");
    copyFileSync(cert, join(home, "cert"));
    copyFileSync(key, join(home, "key"));
    writeFileSync(join(home, "users"), userLine("alice", "a"));
    const tls = ["--tls-cert", join(home, "cert"), "--tls-key", join(home, "key")];
    return [...tls, "--htpasswd", join(home, "users")];
  });
  const tls = { rejectUnauthorized: false };
  const headers = (user: string, password: string) => ({
    authorization: `Basic ${btoa(`${user}:${password}`)}`,
  });
  const status = async (user: string, password: string) =>
    (await fetch(`${server.url}/v2/`, { headers: headers(user, password), tls, keepalive: false }))
      .status;
  expect([await certificateOf(server), await status("bob", "b")]).toEqual(["one", 401]);
  const begun = await fetch(`${server.url}/v2/app/blobs/uploads/`, {
    ...{ method: "POST", tls, headers: headers("alice", "a") },
  });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  async function* slowly() {
    yield new TextEncoder().encode("01234");
    await released;
    yield new TextEncoder().encode("56789");
  }
  const location = new URL(begun.headers.get("location")!, server.url);
  location.searchParams.set("digest", digestOf("0123456789"));
  const upload = fetch(location, {
    ...{ method: "PUT", tls, headers: headers("alice", "a"), body: slowly() as never },
  });
  await Bun.sleep(100);
  const next = makeCertificate(server.home, "two");
  copyFileSync(next.cert, join(server.home, "cert"));
  copyFileSync(next.key, join(server.home, "key"));
  writeFileSync(join(server.home, "users"), userLine("alice", "a") + userLine("bob", "b"));
  server.process.kill("SIGHUP");
  await server.says("were read again");
  expect([await certificateOf(server), await status("bob", "b")]).toEqual(["two", 200]);
  release();
  expect((await upload).status).toBe(201);
  writeFileSync(join(server.home, "users"), "bob:plain\n");
  server.process.kill("SIGHUP");
  await server.says("nothing was changed");
  expect([await certificateOf(server), await status("bob", "b")]).toEqual(["two", 200]);
}, 30_000);

test("SIGTERM: an upload is finished, nothing new begun, then the server ends with 0", async () => {
  await using server = await runServer(() => []);
  const { answer, finish } = await uploadAround(server, async () => {
    server.process.kill("SIGTERM");
    await server.says("finishing what goes on");
    const refused = await fetch(`${server.url}/v2/app/blobs/uploads/`, { method: "POST" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(503);
  });
  expect(answer).toStartWith("HTTP/1.1 202");
  expect((await fetch(finish, { method: "PUT" })).status).toBe(201);
  expect(await server.process.exited).toBe(0);
  expect(server.stderr()).not.toContain("cut off");
}, 30_000);

test("SIGTERM: what takes too long is cut off, and can be gone on with after a restart", async () => {
  await using server = await runServer(() => ["--shutdown-timeout", "1s"]);
  const begun = await fetch(`${server.url}/v2/app/blobs/uploads/`, { method: "POST" });
  const path = begun.headers.get("location")!;
  const [hostname, port] = server.host.split(":");
  const socket = connect(Number(port), hostname!);
  socket.write(`PATCH ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234`);
  await Bun.sleep(200);
  server.process.kill("SIGTERM");
  expect(await server.process.exited).toBe(0);
  expect(server.stderr()).toContain("some requests were cut off");
  socket.destroy();
  await using again = await runServer(() => [], { root: join(server.home, "registry") });
  const resumed = await fetch(again.url + path, {
    ...{ method: "PATCH", body: "0123456789", headers: { "content-range": "0-9" } },
  });
  const from = Number(resumed.headers.get("range")!.split("-")[1]) + 1;
  const rest = "0123456789".slice(resumed.status === 202 ? 10 : from);
  const finished = await fetch(`${again.url}${path}?digest=${digestOf("0123456789")}`, {
    ...{ method: "PUT", body: rest },
  });
  expect(finished.status).toBe(201);
}, 30_000);

test("a request whose Host is none, or that has none, is answered", async () => {
  await using server = await runServer((home) => {
    writeFileSync(join(home, "users"), userLine("alice", "a"));
    return ["--htpasswd", join(home, "users"), "--anonymous-read"];
  });
  const [hostname, port] = server.host.split(":");
  for (const head of [
    '1.1\r\nHost: a",b="c',
    "1.1\r\nHost: [::zz",
    "1.1\r\nHost: x:9999999",
    "1.0",
  ]) {
    const socket = connect(Number(port), hostname!);
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString();
    });
    socket.write(`GET /v2/ HTTP/${head}\r\nConnection: close\r\n\r\n`);
    await until(() => answer.includes("\r\n\r\n"));
    expect(answer).toContain(" 401 ");
    expect(answer).toContain('realm="http://localhost/v2/token"');
  }
  expect(server.stderr()).not.toContain("URL");
});

test("the log has a line of JSON for each request, without secrets and control characters", async () => {
  await using server = await runServer(() => []);
  await fetch(`${server.url}/v2/app/tags/list?token=s3cr3t`, {
    headers: { "user-agent": "a\u009bb", authorization: "Bearer s3cr3t" },
  });
  await until(() => server.stdout().includes("tags/list"));
  const line = JSON.parse(server.stdout().trim());
  expect(line).toMatchObject({
    ...{ method: "GET", path: "/v2/app/tags/list", status: 404, remote: "127.0.0.1" },
    ...{ userAgent: "a\u009bb", durationMs: expect.any(Number), time: expect.any(String) },
  });
  expect(server.stdout()).toContain("a\\u009bb");
  expect(server.stdout()).not.toContain("s3cr3t");
});

test("health and metrics, on an address of their own", async () => {
  const metrics = join(createSandbox().root, "..", "metrics.sock");
  await using server = await runServer(() => [
    "--metrics-listen",
    `unix:${metrics}`,
    "--log",
    "none",
  ]);
  const operation = (path: string) => fetch(`http://operation${path}`, { unix: metrics });
  expect(await (await operation("/healthz")).json()).toEqual({ status: "ok" });
  await fetch(`${server.url}/v2/app/blobs/uploads/?digest=${digestOf("abc")}`, {
    method: "POST",
    body: "abc",
  });
  expect(await (await fetch(`${server.url}/v2/app/blobs/${digestOf("abc")}`)).text()).toBe("abc");
  const text = await (await operation("/metrics")).text();
  expect(text).toContain(
    'shale_registry_requests_total{method="POST",route="uploads",status="201"} 1',
  );
  expect(text).toContain("shale_registry_received_bytes_total 3\n");
  expect(text).toContain("shale_registry_sent_bytes_total 3\n");
  expect(text).toContain('request_duration_seconds_count{method="GET",route="blob"} 1');
  expect(text).toMatch(/process_resident_memory_bytes [1-9]\d{6,}\n/);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  server.process.kill("SIGTERM");
  expect(await server.process.exited).toBe(0);
  expect(existsSync(metrics)).toBe(false);
  expect(server.stdout()).toBe("");
});

test("limits: manifests, blobs, deletion and idle uploads", async () => {
  const limits = ["--max-manifest-size", "1k", "--max-blob-size", "1k", "--no-delete"];
  await using server = await runServer(() => [...limits, "--upload-timeout", "1s"]);
  const send = (method: string, path: string, body?: string) =>
    fetch(`${server.url}/v2/app/${path}`, { method, ...(body !== undefined && { body }) });
  const large = "x".repeat(2000);
  expect((await send("PUT", "manifests/a", large)).status).toBe(413);
  expect((await send("POST", `blobs/uploads/?digest=${digestOf(large)}`, large)).status).toBe(413);
  expect((await send("DELETE", `blobs/${digestOf("a")}`)).status).toBe(405);
  const begun = await send("POST", "blobs/uploads/");
  const location = server.url + begun.headers.get("location");
  expect((await fetch(location)).status).toBe(204);
  await until(async () => (await fetch(location)).status === 404);
}, 30_000);

test.each([
  [["--listen", "nonsense"], "invalid address"],
  [["--tls-cert", "a"], "--tls-cert and --tls-key are needed together"],
  [["--htpasswd", "/nonexistent"], "open /nonexistent: no such file or directory"],
  [["--anonymous-read", "--rules", "a"], "exclude each other"],
  [["--token-realm", "a"], "are needed together"],
  [["--proxy", "http://u:p@host"], "shale login"],
])("what cannot work is said at once: %p", (options, message) => {
  using box = createSandbox();
  const { code, stderr } = box.run(["registry", "serve", box.root, ...options]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(message);
});

test("a port that is taken is named, with and without TLS", async () => {
  await using server = await runServer(() => []);
  using box = createSandbox();
  const { cert, key } = makeCertificate(server.home, "one");
  for (const tls of [[], ["--tls-cert", cert, "--tls-key", key]]) {
    const { code, stderr } = box.run([
      "registry",
      "serve",
      box.root,
      "--listen",
      server.host,
      ...tls,
    ]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`${server.host}: the address is in use`),
    ]);
  }
});
