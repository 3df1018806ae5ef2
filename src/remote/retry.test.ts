import { expect, test } from "bun:test";
import { refuse, startFakeRegistry } from "./testing/fake-registry.ts";
import { remoteFor } from "./testing/remote-for.ts";

const name = { registry: "docker.io", repository: "me/app" };

/** A registry that fails some times with a status before it works. */
function failing(times: number, status: number, headers: Record<string, string> = {}) {
  let failures = 0;
  return startFakeRegistry((_, response) => {
    if (failures++ >= times) return false;
    response.writeHead(status, headers).end("<html>busy</html>");
    return true;
  });
}

for (const status of [408, 429, 500, 502, 503, 504])
  test(`${status} passes, with growing waits`, async () => {
    await using registry = await failing(4, status);
    registry.addManifest("me/app:one", { config: {}, layers: [] });
    const remote = remoteFor(registry.host, { retry: { random: () => 1 } });
    await remote.repository(name).manifest("one");
    expect(remote.waits).toEqual([500, 1000, 2000, 4000]);
    expect(remote.notices[0]).toMatchObject({
      kind: "retry",
      what: "pulling me/app:one",
      inMs: 500,
    });
  });

test("tries are bounded", async () => {
  await using registry = await failing(1000, 503);
  const remote = remoteFor(registry.host, { retry: { tries: 3 } });
  await expect(remote.repository(name).manifest("one")).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(registry.requests.length).toBe(3);
});

test("a server that asks for no wait is spared all the same", async () => {
  await using registry = await failing(3, 503, { "Retry-After": "0" });
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const remote = remoteFor(registry.host, { retry: { random: () => 1 } });
  await remote.repository(name).manifest("one");
  expect(remote.waits).toEqual([500, 1000, 2000]);
});

test("the status is named beside what the server says", async () => {
  for (const [status, named] of [
    [503, "HTTP 503 Service Unavailable"],
    [429, "HTTP 429 Too Many Requests"],
  ] as const) {
    await using registry = await startFakeRegistry((_, response) => {
      refuse(response, status, "UNAVAILABLE", "busy");
      return true;
    });
    const remote = remoteFor(registry.host, { retry: { tries: 1 } });
    const reading = remote.repository(name).manifest("one");
    await expect(reading).rejects.toThrow(`me/app: unavailable: busy (${named})`);
  }
});

test("what a server asks to wait is waited, in seconds or until a date", async () => {
  await using registry = await failing(1, 429, { "Retry-After": "7" });
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const remote = remoteFor(registry.host);
  await remote.repository(name).manifest("one");
  expect(remote.waits).toEqual([7000]);
  const date = new Date(Date.now() + 20_000).toUTCString();
  await using other = await failing(1, 503, { "Retry-After": date });
  other.addManifest("me/app:one", { config: {}, layers: [] });
  const patient = remoteFor(other.host);
  await patient.repository(name).manifest("one");
  expect(patient.waits[0]).toBeWithin(15_000, 20_001);
});

test("nobody waits for hours: neither asked to, nor for a quota that is used up", async () => {
  await using registry = await failing(1000, 429, { "Retry-After": "3600" });
  await expect(remoteFor(registry.host).repository(name).manifest("one")).rejects.toMatchObject({
    kind: "resource-exhausted",
    message: expect.stringContaining("try again in 3600 seconds"),
  });
  await using hub = await failing(1000, 429, { "RateLimit-Remaining": "0;w=21600" });
  const remote = remoteFor(hub.host);
  await expect(remote.repository(name).manifest("one")).rejects.toMatchObject({
    kind: "resource-exhausted",
  });
  expect([registry.requests.length, hub.requests.length]).toEqual([1, 1]);
});

test("a signal ends the wait", async () => {
  await using registry = await failing(1000, 503);
  const stop = new AbortController();
  const remote = remoteFor(registry.host, {
    retry: { baseMs: 1e6, mostMs: 1e7, sleep: (await import("./retry.ts")).DEFAULT_RETRY.sleep },
    onNotice: () => stop.abort(new Error("enough")),
  });
  const reading = remote.repository(name).manifest("one", { signal: stop.signal });
  await expect(reading).rejects.toThrow("enough");
});

test("a connection that breaks before the answer is tried again; a host that is not there is not", async () => {
  let breaks = 0;
  await using registry = await startFakeRegistry((_, response) => {
    if (breaks++ > 1) return false;
    response.destroy();
    return true;
  });
  registry.addManifest("me/app:one", { config: {}, layers: [] });
  const remote = remoteFor(registry.host);
  await remote.repository(name).manifest("one");
  expect(remote.waits.length).toBe(2);

  const nowhere = remoteFor("127.0.0.1:1");
  await expect(nowhere.repository(name).manifest("one")).rejects.toMatchObject({
    kind: "unavailable",
    message:
      'Get "http://127.0.0.1:1/v2/me/app/manifests/one": dial tcp 127.0.0.1:1: connect: connection refused',
  });
  expect(nowhere.waits).toEqual([]);
});
