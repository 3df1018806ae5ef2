import { expect, test } from "bun:test";
import { refuse, startFakeRegistry } from "../testing/fake-registry.ts";
import { remoteFor } from "../testing/remote-for.ts";

const name = { registry: "docker.io", repository: "library/alpine" };

test("a quota that is nearly used up is told once", async () => {
  let remaining = 50;
  await using registry = await startFakeRegistry((_, response) => {
    response.setHeader("RateLimit-Limit", "100;w=21600");
    response.setHeader("RateLimit-Remaining", `${remaining};w=21600`);
    return false;
  });
  registry.addManifest("library/alpine:3", { config: {}, layers: [] });
  const remote = remoteFor(registry.host);
  const repository = remote.repository(name);
  await repository.resolve("3");
  expect(remote.notices).toEqual([]);
  remaining = 9;
  await repository.resolve("3");
  await repository.resolve("3");
  expect(remote.notices).toEqual([
    { kind: "quota", remaining: 9, limit: 100, windowSeconds: 21600 },
  ]);
});

test("Hub is searched by its own search", async () => {
  await using registry = await startFakeRegistry((_, response) => {
    const results = [
      {
        name: "alpine",
        description: "A \u001b[1msmall\u0000 image",
        star_count: 10,
        is_official: true,
      },
      { name: "me/alpine", star_count: "many" },
      7,
    ];
    response.end(JSON.stringify({ results }));
    return true;
  });
  const found = await remoteFor(registry.host).search("docker.io", "al pine", { limit: 2 });
  expect(found).toEqual([
    { name: "alpine", description: "A [1msmall image", stars: 10, isOfficial: true },
    { name: "me/alpine", description: "", stars: 0, isOfficial: false },
  ]);
  expect(registry.requests).toEqual(["GET /v1/search?q=al%20pine&n=2"]);
});

test("other registries are searched by their catalogue", async () => {
  await using registry = await startFakeRegistry();
  for (const one of ["a/web", "b/webby", "c/db", "d/web"]) registry.addManifest(`${one}:x`, {});
  const remote = remoteFor(registry.host);
  const names = async (limit: number) =>
    (await remote.search("example.com", "WEB", { limit })).map((result) => result.name);
  expect(await names(25)).toEqual(["a/web", "b/webby", "d/web"]);
  expect(await names(2)).toEqual(["a/web", "b/webby"]);
});

test("a registry without a catalogue says so", async () => {
  await using registry = await startFakeRegistry((_, response) => {
    refuse(response, 404, "NOT_FOUND");
    return true;
  });
  const searching = remoteFor(registry.host).search("example.com", "web");
  await expect(searching).rejects.toMatchObject({
    kind: "unsupported",
    message: expect.stringContaining("example.com keeps no list of its repositories"),
  });
});
