import { expect, test } from "bun:test";
import { collect } from "#bytes";
import { digestOf } from "#oci";
import {
  AUTHORITY,
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
  SERVER_CERTIFICATE,
  SERVER_KEY,
} from "../testing/certificates.ts";
import { refuse, type Script, startFakeRegistry } from "../testing/fake-registry.ts";
import { remoteFor } from "../testing/remote-for.ts";

const name = { registry: "docker.io", repository: "me/app" };
const blob = Buffer.from("layer");
const descriptor = { mediaType: "", digest: digestOf(blob), size: blob.length };
const server = { cert: SERVER_CERTIFICATE, key: SERVER_KEY };
const token = { kind: "registry-token", token: "abc" } as const;

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function redirect(to: string, status = 307): Script {
  return ({ url }, response) => {
    if (url.pathname.startsWith("/elsewhere")) return false;
    response.writeHead(status, { Location: to }).end("moved");
    return true;
  };
}

test("a redirect to another host is followed without the user's proof", async () => {
  const seen: unknown[] = [];
  await using storage = await startFakeRegistry(({ headers, url }, response) => {
    seen.push(headers.authorization, url.search);
    response.end(blob);
    return true;
  });
  await using registry = await startFakeRegistry(
    redirect(`http://${storage.host}/b?X-Signature=5igned`),
  );
  const remote = remoteFor(registry.host, { credential: token });
  expect(text(await collect(remote.repository(name).blob(descriptor), 99))).toBe("layer");
  expect(seen).toEqual([undefined, "?X-Signature=5igned"]);
});

test("signatures of redirects are in no message", async () => {
  await using storage = await startFakeRegistry((_, response) => {
    refuse(response, 403, "DENIED", "expired");
    return true;
  });
  await using registry = await startFakeRegistry(
    redirect(`http://${storage.host}/b?X-Signature=5igned`),
  );
  await using dead = await startFakeRegistry(
    redirect("http://user:pass@127.0.0.1:1/b?X-Signature=5igned"),
  );
  for (const host of [registry.host, dead.host]) {
    const reading = collect(remoteFor(host).repository(name).blob(descriptor), 99);
    const error = (await reading.catch((thrown: Error) => thrown)) as Error;
    expect(error).toBeInstanceOf(Error);
    expect(Bun.inspect(error)).not.toMatch(/5igned|pass@/);
  }
});

test("a signature that has run out is asked for anew", async () => {
  let tries = 0;
  await using storage = await startFakeRegistry((_, response) => {
    if (tries++ === 0) refuse(response, 403, "EXPIRED");
    else response.end(blob);
    return true;
  });
  await using registry = await startFakeRegistry(redirect(`http://${storage.host}/b`));
  const remote = remoteFor(registry.host);
  expect(text(await collect(remote.repository(name).blob(descriptor), 99))).toBe("layer");
  expect(registry.requests.length).toBe(2);
});

test("redirects end, and lead to http(s) alone", async () => {
  for (const to of ["/v2/again", "file:///etc/passwd", "http://"]) {
    await using registry = await startFakeRegistry(redirect(to));
    const reading = collect(remoteFor(registry.host).repository(name).blob(descriptor), 99);
    await expect(reading).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("redirects"),
    });
    expect(registry.requests.length).toBeLessThan(12);
  }
});

test("an answer that never comes is given up", async () => {
  await using registry = await startFakeRegistry(() => true);
  const remote = remoteFor(registry.host, { timeouts: { connectMs: 20 }, retry: { tries: 2 } });
  await expect(remote.repository(name).manifest("one")).rejects.toMatchObject({
    kind: "unavailable",
    message: expect.stringContaining("timed out waiting for an answer"),
  });
});

test("a host that never answered is not waited for again; one that did is", async () => {
  const timeouts = { connectMs: 20, readMs: 20 };
  await using silent = await startFakeRegistry(() => true);
  const once = remoteFor(silent.host, { timeouts });
  await expect(once.repository(name).manifest("one")).rejects.toThrow("timed out");
  expect(once.waits).toEqual([]);

  await using busy = await startFakeRegistry(({ url }) => url.pathname.endsWith("/two"));
  busy.addManifest("me/app:one", { config: {}, layers: [] });
  const again = remoteFor(busy.host, { timeouts: { readMs: 20 }, retry: { tries: 3 } });
  await again.repository(name).manifest("one");
  await expect(again.repository(name).manifest("two")).rejects.toThrow("timed out");
  expect(again.waits.length).toBe(2);
});

test("headers without end are refused, in words without the URL's secrets", async () => {
  await using storage = await startFakeRegistry((_, { socket }) => {
    socket?.end(`HTTP/1.1 200 OK\r\n${`X-Filler: ${"z".repeat(60_000)}\r\n`.repeat(60)}\r\n`);
    return true;
  });
  await using registry = await startFakeRegistry(
    redirect(`http://${storage.host}/b?X-Signature=5igned`),
  );
  const remote = remoteFor(registry.host, { retry: { tries: 1 } });
  const reading = collect(remote.repository(name).blob(descriptor), 99);
  const error = (await reading.catch((thrown: Error) => thrown)) as Error;
  expect(error.message).toEndWith("the headers of the answer are too large");
  expect(Bun.inspect(error)).not.toMatch(/5igned|verbose/);
});

test("a registry that takes no more of an upload is given up", async () => {
  await using registry = await startFakeRegistry(({ method, incoming }) => {
    if (method === "PATCH") incoming.pause();
    return method === "PATCH";
  });
  const large = Buffer.alloc(32 << 20);
  const result = { digest: digestOf(large), size: large.length };
  const open = async function* (offset: number) {
    for (let at = offset; at < large.length; at += 1 << 20)
      yield large.subarray(at, at + (1 << 20));
  };
  const remote = remoteFor(registry.host, { timeouts: { stallMs: 50 }, retry: { tries: 2 } });
  const pushing = remote.repository(name).pushBlob({ ...result, open, result: () => result });
  await expect(pushing).rejects.toMatchObject({
    message: expect.stringContaining("timed out sending the body"),
  });
});

test("https: an unknown authority is refused, a given one is trusted", async () => {
  await using registry = await startFakeRegistry(undefined, server);
  registry.addBlob(blob);
  const endpoint = { insecure: false, protocol: "https" } as const;
  const read = (more: object) =>
    collect(
      remoteFor(registry.host, { endpoint: { ...endpoint, ...more } })
        .repository(name)
        .blob(descriptor),
      99,
    );
  await expect(read({})).rejects.toMatchObject({
    kind: "unavailable",
    message: expect.stringContaining("x509: certificate signed by unknown authority"),
  });
  expect(text(await read({ ca: [AUTHORITY] }))).toBe("layer");
  expect(text(await read({ insecure: true }))).toBe("layer");
});

test("https: a client's certificate is shown to who asks for it", async () => {
  await using registry = await startFakeRegistry(undefined, { ...server, ca: AUTHORITY });
  registry.addBlob(blob);
  const endpoint = { insecure: false, protocol: "https", ca: [AUTHORITY] } as const;
  const read = (more: object) =>
    collect(
      remoteFor(registry.host, { endpoint: { ...endpoint, ...more }, retry: { tries: 1 } })
        .repository(name)
        .blob(descriptor),
      99,
    );
  await expect(read({})).rejects.toMatchObject({ kind: "unavailable" });
  const clientCertificate = { certificate: CLIENT_CERTIFICATE, key: CLIENT_KEY };
  expect(text(await read({ clientCertificate }))).toBe("layer");
});

test("https: no proof goes to a token service, and no request to storage, by plain http", async () => {
  await using plain = await startFakeRegistry();
  const registry = await startFakeRegistry(({ url }, response) => {
    if (url.pathname.includes("/blobs/"))
      return redirect(`http://${plain.host}/b`)({ url } as never, response);
    response.setHeader("WWW-Authenticate", `Bearer realm="http://${plain.host}/token"`);
    refuse(response, 401, "UNAUTHORIZED");
    return true;
  }, server);
  await using _ = registry;
  const endpoint = { insecure: false, protocol: "https", ca: [AUTHORITY] } as const;
  const credential = { kind: "password", username: "me", password: "s3cret" } as const;
  const repository = remoteFor(registry.host, { endpoint, credential }).repository(name);
  await expect(repository.resolve("one")).rejects.toMatchObject({ kind: "unauthenticated" });
  await expect(collect(repository.blob(descriptor), 99)).rejects.toThrow("not encrypted");
  expect(plain.requests).toEqual([]);
});

test("insecure: https where it is spoken, else plain http, found out once", async () => {
  await using plain = await startFakeRegistry();
  await using encrypted = await startFakeRegistry(undefined, server);
  for (const registry of [plain, encrypted]) {
    registry.addBlob(blob);
    const remote = remoteFor(registry.host, { endpoint: { protocol: undefined } as never });
    for (let i = 0; i < 3; i++)
      expect(text(await collect(remote.repository(name).blob(descriptor), 99))).toBe("layer");
    expect(registry.requests.filter((one) => one === "GET /v2/").length).toBe(1);
  }
});

test("insecure: a server that waits on a handshake for ever is spoken to by plain http", async () => {
  await using registry = await startFakeRegistry();
  registry.addBlob(blob);
  const [, port] = registry.host.split(":");
  using proxy = Bun.listen<{ upstream?: Promise<Bun.Socket> }>({
    ...{ hostname: "127.0.0.1", port: 0, data: {} },
    socket: {
      data(socket, bytes) {
        const isHandshake = socket.data?.upstream === undefined && bytes[0] === 0x16;
        if (isHandshake) return;
        const data = (_: unknown, answer: Buffer) => void socket.write(answer);
        socket.data = {
          upstream:
            socket.data?.upstream ??
            Bun.connect({ hostname: "127.0.0.1", port: Number(port), socket: { data } }),
        };
        void socket.data.upstream!.then((upstream) => upstream.write(bytes));
      },
    },
  });
  const endpoint = { protocol: undefined } as never;
  const timeouts = { connectMs: 50 };
  const remote = remoteFor(`127.0.0.1:${proxy.port}`, { endpoint, timeouts });
  expect(text(await collect(remote.repository(name).blob(descriptor), 99))).toBe("layer");
});

test("a plain http server is not spoken to by https for long", async () => {
  await using plain = await startFakeRegistry();
  const endpoint = { insecure: false, protocol: "https" } as const;
  const remote = remoteFor(plain.host, { endpoint });
  await expect(remote.repository(name).manifest("one")).rejects.toMatchObject({
    kind: "unavailable",
    message: expect.stringMatching(
      /server gave HTTP response to HTTPS client.*--insecure-registry 127/,
    ),
  });
  expect(remote.waits).toEqual([]);
});
