import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistriesConfig, type RegistriesConfigOptions } from "./open-registries-config.ts";

function config(toml: string | readonly string[], more: Partial<RegistriesConfigOptions> = {}) {
  const home = mkdtempSync(join(tmpdir(), "shale-registries-"));
  const files = [toml].flat().map((text, index) => {
    const path = join(home, `${index}.conf`);
    writeFileSync(path, text);
    return path;
  });
  const opened = openRegistriesConfig({ files, certificateDirectories: [home], ...more });
  return {
    home,
    async access(name: string) {
      const slash = name.indexOf("/");
      return await opened.access({
        registry: name.slice(0, slash),
        repository: name.slice(slash + 1),
      });
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true }),
  };
}

const plainAccess = (location: string, repository: string, insecure = false) => ({
  endpoints: [{ location, repository, insecure }],
  blocked: false,
});

test("without configuration a registry is where its name says, Hub where it is served", async () => {
  using empty = config("", { files: ["/nonexistent/registries.conf"] });
  expect(await empty.access("example.com:5000/a/b")).toEqual(
    plainAccess("example.com:5000", "a/b"),
  );
  expect(await empty.access("docker.io/library/alpine")).toEqual(
    plainAccess("registry-1.docker.io", "library/alpine"),
  );
});

test("what loops back is insecure, and what the options name", async () => {
  using given = config("", { insecure: ["reg.example:5000", "10.1.0.0/16", "fd00::/8"] });
  const hosts = [
    "localhost:5000",
    "127.9.8.7",
    "[::1]:5000",
    "reg.example:5000",
    "10.1.2.3:80",
    "[fd12::1]",
  ];
  for (const host of hosts)
    expect(await given.access(`${host}/a`)).toEqual(plainAccess(host, "a", true));
  for (const host of ["reg.example", "10.2.0.1", "[fe80::1]", "128.0.0.1"])
    expect(await given.access(`${host}/a`)).toEqual(plainAccess(host, "a"));
});

const toml = `
unqualified-search-registries = ["other.example"]
some-new-key = 1
[[registry]]
prefix = "example.com"
location = "inner.example/base"
[[registry.mirror]]
location = "mirror.example:5000/copy"
insecure = true
[[registry.mirror]]
location = "tags.example"
pull-from-mirror = "tag-only"
[[registry]]
prefix = "example.com/team"
blocked = true
[[registry]]
prefix = "*.corp.example"
insecure = true
mirror-by-digest-only = true
[[registry.mirror]]
location = "digests.example"
[aliases]
"x" = "y"
`;

test("prefixes, locations and mirrors", async () => {
  using given = config(toml);
  expect((await given.access("example.com/a/b")).endpoints).toEqual([
    { location: "mirror.example:5000", repository: "copy/a/b", insecure: true },
    { location: "tags.example", repository: "a/b", insecure: false, pulls: "tag-only" },
    { location: "inner.example", repository: "base/a/b", insecure: false },
  ]);
  expect((await given.access("example.com/team/x")).blocked).toBe(true);
  expect((await given.access("example.com/teams")).blocked).toBe(false);
  expect((await given.access("example.com.evil/a")).endpoints[0]?.location).toBe(
    "example.com.evil",
  );
  expect((await given.access("a.corp.example/x")).endpoints).toEqual([
    { location: "digests.example", repository: "x", insecure: false, pulls: "digest-only" },
    { location: "a.corp.example", repository: "x", insecure: true },
  ]);
});

test("a later file's entry replaces an earlier one", async () => {
  const [one, two] = ["one", "two"].map(
    (host) => `[[registry]]\nprefix="a.example"\nlocation="${host}.example"`,
  );
  using given = config([one!, two!]);
  expect(await given.access("a.example/x")).toEqual(plainAccess("two.example", "x"));
});

test("mirrors of Hub, as Docker takes them", async () => {
  using given = config("", { mirrors: ["https://m.example", "http://n.example:5000/"] });
  expect((await given.access("docker.io/library/alpine")).endpoints).toEqual([
    { location: "m.example", protocol: "https", repository: "library/alpine", insecure: false },
    { location: "n.example:5000", protocol: "http", repository: "library/alpine", insecure: false },
    { location: "registry-1.docker.io", repository: "library/alpine", insecure: false },
  ]);
  expect((await given.access("example.com/a")).endpoints.length).toBe(1);
  for (const mirror of ["m.example", "ftp://m", "https://m/path", "https://me:s3cret@m"]) {
    using wrong = config("", { mirrors: [mirror] });
    const error = await wrong.access("docker.io/a").catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ kind: "invalid-argument" });
    expect((error as Error).message).not.toContain("s3cret");
  }
});

const damaged: Record<string, string> = {
  "a = 1\n[[registry\n": "0.conf, line 2: not valid TOML",
  'registry = "x"': "0.conf: registry is not written as [[registry]]",
  "[[registry]]\nblocked = true": "neither prefix nor location",
  '[[registry]]\nlocation = "https://x"': '"https://x" is no host[:port][/path]',
  '[[registry]]\nlocation = "x/../y"': "is no host[:port][/path]",
  '[[registry]]\nlocation = "x"\ninsecure = "yes"': "insecure must be a boolean",
  '[[registry]]\nlocation = "x"\n[[registry.mirror]]\ninsecure = true': "has no location",
};
for (const [text, message] of Object.entries(damaged))
  test(`damaged: ${message}`, async () => {
    using given = config(text);
    await expect(given.access("a.example/x")).rejects.toMatchObject({
      kind: "invalid-argument",
      message: expect.stringContaining(message),
    });
  });

test("certificates of a host", async () => {
  using given = config("");
  const home = join(given.home, "a.example:5000");
  mkdirSync(home);
  for (const file of ["ca.crt", "b.crt", "client.cert", "client.key"])
    writeFileSync(join(home, file), file);
  expect((await given.access("a.example:5000/x")).endpoints[0]).toMatchObject({
    ca: ["b.crt", "ca.crt"],
    clientCertificate: { certificate: "client.cert", key: "client.key" },
  });
  expect((await given.access("a.example/x")).endpoints[0]?.ca).toBeUndefined();
  rmSync(join(home, "client.key"));
  await expect(given.access("a.example:5000/x")).rejects.toThrow("missing key client.key");
});
