import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf, messageOf } from "#errors";
import { type Credential, type CredentialStoreOptions, openCredentialStore } from "../index.ts";

const REGISTRY = "localhost:5000";
const BOB: Credential = { kind: "password", username: "bob", password: "s3:cret" };
const BOB_AUTH = { auth: btoa("bob:s3:cret") };

let home: string;
let warnings: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "shale-credentials-"));
  warnings = [];
});
afterEach(() => rmSync(home, { recursive: true }));

const directory = () => join(home, ".docker");
const config = () => join(directory(), "config.json");

function open(options: Partial<CredentialStoreOptions> = {}) {
  const onWarning = (message: string) => void warnings.push(message);
  return openCredentialStore({ configDirectory: directory(), onWarning, ...options });
}

function given(document: unknown, path = config()): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, typeof document === "string" ? document : JSON.stringify(document));
  return path;
}

const written = () => JSON.parse(readFileSync(config(), "utf8"));

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return [kindOf(error), messageOf(error)];
}

describe("find", () => {
  test("nothing is configured", async () => {
    expect(await open().find(REGISTRY)).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test.each<[string, string]>([
    ["docker.io", "https://index.docker.io/v1/"],
    ["docker.io", "docker.io"],
    ["docker.io", "index.docker.io"],
    ["docker.io", "registry-1.docker.io"],
    ["localhost:5000", "localhost:5000"],
    ["localhost:5000", "http://localhost:5000"],
    ["localhost:5000", "https://localhost:5000/v1/"],
    ["localhost:5000", "localhost:5000/v2/"],
    ["localhost:5000", "https://localhost:5000/some/path"],
    ["Example.COM", "example.com"],
  ])("%s by the key %s", async (registry, key) => {
    given({ auths: { "example.org": { auth: btoa("a:b") }, [key]: BOB_AUTH } });
    expect(await open().find(registry, "team/app")).toEqual(BOB);
  });

  test.each<[object, Credential | undefined]>([
    [{ username: "bob", password: "s3:cret" }, BOB],
    [{ auth: btoa("bob:s3:cret\0\0") }, BOB],
    [
      { ...BOB_AUTH, identitytoken: "t" },
      { kind: "identity-token", token: "t" },
    ],
    [
      { identitytoken: "t", registrytoken: "r" },
      { kind: "registry-token", token: "r" },
    ],
    [{}, undefined],
    [{ auth: "" }, undefined],
    [{ auth: btoa("bob:") }, undefined],
  ])("the entry %j", async (entry, expected) => {
    given({ auths: { [REGISTRY]: entry } });
    expect(await open().find(REGISTRY)).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test("the longest path that a repository is below", async () => {
    const entry = (user: string) => ({ auth: btoa(`${user}:x`) });
    given({
      auths: { q: entry("all"), "q/team": entry("team"), "q/team/app": entry("app") },
    });
    const users = ["team/app", "team/app/x", "team/other", "teams/app", undefined].map(
      async (repository) => {
        const found = await open().find("q", repository);
        return found?.kind === "password" && found.username;
      },
    );
    expect(await Promise.all(users)).toEqual(["app", "app", "team", "all", "all"]);
    given({ auths: { "q/team": entry("team") } });
    expect(await open().find("q", "other/app")).toBeUndefined();
  });

  test("the files of others, in order", async () => {
    const legacyFile = given({ [REGISTRY]: BOB_AUTH, other: BOB_AUTH }, join(home, ".dockercfg"));
    const containers = given(
      { auths: { [REGISTRY]: { auth: btoa("pod:man") } } },
      join(home, "auth.json"),
    );
    const store = open({ legacyFile, fallbackFiles: [join(home, "none.json"), containers] });
    expect(await store.find(REGISTRY)).toMatchObject({ username: "pod" });
    expect(await store.find("other")).toEqual(BOB);
    const inline = JSON.stringify({ auths: { [REGISTRY]: { auth: btoa("ci:x") } } });
    expect(await open({ inline }).find(REGISTRY)).toMatchObject({ username: "ci" });
  });

  test.each([
    ["{bad s3cret", "it is not JSON"],
    ["[]", "it is no JSON object"],
    ['{"auths":[]}', "auths is no object of objects"],
    ['{"auths":{"a":"b"}}', "auths is no object of objects"],
    ['{"credsStore":{}}', "credsStore is no string"],
    ['{"credHelpers":{"a":1}}', "credHelpers is no object of strings"],
  ])("goes on with a warning when the file is %s", async (text, reason) => {
    given(text);
    const legacyFile = given({ [REGISTRY]: BOB_AUTH }, join(home, ".dockercfg"));
    const store = open({ legacyFile });
    expect(await store.find(REGISTRY)).toEqual(BOB);
    expect(await store.find(REGISTRY)).toEqual(BOB);
    expect(warnings).toEqual([
      `WARNING: Error parsing config file (${config()}): ${reason}; correct or remove it`,
    ]);
  });

  test("a damaged entry matters only where it is used", async () => {
    given({ auths: { [REGISTRY]: { auth: "!!!" }, other: BOB_AUTH } });
    expect(await open().find("other")).toEqual(BOB);
    expect(warnings).toEqual([]);
    expect(await open().find(REGISTRY)).toBeUndefined();
    expect(warnings).toEqual([`WARNING: illegal base64 data (${config()})`]);
  });
});

describe("store and erase", () => {
  test("a new file is private, in docker's form", async () => {
    const stored = await open().store(REGISTRY, BOB);
    expect(stored).toEqual({ place: config(), isPlainText: true, changed: true });
    expect(readFileSync(config(), "utf8")).toBe(
      `{\n\t"auths": {\n\t\t"localhost:5000": {\n\t\t\t"auth": "${BOB_AUTH.auth}"\n\t\t}\n\t}\n}`,
    );
    expect(statSync(directory()).mode & 0o777).toBe(0o700);
    expect(statSync(config()).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory())).toEqual(["config.json"]);
    expect((await open().store(REGISTRY, BOB)).changed).toBe(false);
  });

  test("everything else in the file stays", async () => {
    const rest = { detachKeys: "ctrl-q", proxies: { default: { deep: [1, null] } } };
    given({ ...rest, auths: { other: { auth: "eDp5", email: "x@y" } } });
    await open().store("docker.io", { kind: "identity-token", token: "t" });
    const other = { auth: "eDp5", email: "x@y" };
    const hub = { identitytoken: "t" };
    expect(written()).toEqual({ ...rest, auths: { other, "https://index.docker.io/v1/": hub } });
  });

  test("all spellings of a registry are one", async () => {
    const spellings = ["docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"];
    given({ auths: Object.fromEntries(spellings.map((key) => [key, { auth: "eDp5" }])) });
    await open().store("docker.io", BOB);
    expect(written().auths).toEqual({ "https://index.docker.io/v1/": BOB_AUTH });
    expect(await open().erase("docker.io")).toBe(true);
    expect(written().auths).toEqual({});
    expect(await open().erase("docker.io")).toBe(false);
  });

  test("erasing does not touch what is below a path, and makes no file", async () => {
    expect(await open().erase(REGISTRY)).toBe(false);
    expect(existsSync(directory())).toBe(false);
    given({ auths: { [`${REGISTRY}/team`]: BOB_AUTH, [REGISTRY]: BOB_AUTH } });
    expect(await open().erase(REGISTRY)).toBe(true);
    expect(written().auths).toEqual({ [`${REGISTRY}/team`]: BOB_AUTH });
  });

  test("a link stays a link, and others can no longer read the file", async () => {
    const real = given({ x: 1 }, join(home, "dotfiles", "docker.json"));
    chmodSync(real, 0o644);
    mkdirSync(directory());
    symlinkSync("../dotfiles/docker.json", config());
    await open().store(REGISTRY, BOB);
    expect(lstatSync(config()).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(real, "utf8"))).toEqual({
      x: 1,
      auths: { [REGISTRY]: BOB_AUTH },
    });
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(home, "dotfiles"))).toEqual(["docker.json"]);
  });

  test("a damaged file is not written over", async () => {
    given("{bad");
    const expected = [
      "data-loss",
      `Error parsing config file (${config()}): it is not JSON; correct or remove it`,
    ];
    expect(await failure(open().store(REGISTRY, BOB))).toEqual(expected);
    expect(await failure(open().erase(REGISTRY))).toEqual(expected);
    expect(readFileSync(config(), "utf8")).toBe("{bad");
  });

  test("logins at once lose nothing", async () => {
    const script = `
      import { openCredentialStore } from ${JSON.stringify(join(import.meta.dir, "../index.ts"))};
      const store = openCredentialStore({ configDirectory: ${JSON.stringify(directory())} });
      for (let i = 0; i < 20; i++)
        await store.store(process.argv[1] + i, { kind: "registry-token", token: "t" });
    `;
    const children = ["a", "b", "c"].map((name) =>
      Bun.spawn([process.execPath, "-e", script, name], {
        stdio: ["ignore", "inherit", "inherit"],
      }),
    );
    expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0]);
    expect(Object.keys(written().auths)).toHaveLength(60);
    expect(readdirSync(directory())).toEqual(["config.json"]);
  });
});
