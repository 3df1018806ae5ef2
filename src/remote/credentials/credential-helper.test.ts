import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf, messageOf } from "#errors";
import { type Credential, openCredentialStore } from "../index.ts";

const REGISTRY = "localhost:5000";
const BOB: Credential = { kind: "password", username: "bob", password: 's3"cret' };

let home: string;
let warnings: string[];

/** A helper that keeps its entries as files, and one that repeats what it hears and fails. */
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "shale-helper-"));
  const at = `f=${home}/entry-$(echo "$s" | tr / _)`;
  script(
    "keeps",
    `case $1 in
    get) read -r s; ${at}; if [ -e $f ]; then cat $f; else echo credentials not found in native keychain; exit 1; fi;;
    store) s=$(cat); e=$s; s=$(echo "$s" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/'); ${at}; echo "$e" > $f;;
    erase) read -r s; ${at}; rm -f $f;;
    esac`,
  );
  script("fails", 'echo "no keychain for $(cat)"; exit 1');
  script("babbles", "echo s3cret, but not as JSON");
});
afterAll(() => rmSync(home, { recursive: true }));
beforeEach(() => {
  warnings = [];
});

function script(name: string, body: string): void {
  writeFileSync(join(home, `docker-credential-${name}`), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

function open(document: object) {
  writeFileSync(join(home, "config.json"), JSON.stringify(document));
  const onWarning = (message: string) => void warnings.push(message);
  const environment = { PATH: `${home}:${process.env.PATH}` };
  return openCredentialStore({ configDirectory: home, environment, onWarning });
}

const written = () => JSON.parse(readFileSync(join(home, "config.json"), "utf8"));

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return [kindOf(error), messageOf(error)];
}

test("the helper of the file keeps, gives and erases", async () => {
  const store = open({ credsStore: "keeps", auths: { [REGISTRY]: { auth: btoa("old:x") } } });
  expect(await store.find(REGISTRY)).toBeUndefined();
  const place = "docker-credential-keeps";
  expect(await store.store(REGISTRY, BOB)).toEqual({ place, isPlainText: false, changed: true });
  expect(await store.find(REGISTRY)).toEqual(BOB);
  expect((await store.store(REGISTRY, BOB)).changed).toBe(false);
  expect(written()).toEqual({ credsStore: "keeps", auths: { [REGISTRY]: {} } });
  expect(await store.erase(REGISTRY)).toBe(true);
  expect(await store.find(REGISTRY)).toBeUndefined();
  expect(written().auths).toEqual({});
  expect(warnings).toEqual([]);
});

test("an identity token goes by the name of <token>", async () => {
  const store = open({ credsStore: "keeps" });
  await store.store("docker.io", { kind: "identity-token", token: "t" });
  expect(JSON.parse(readFileSync(join(home, "entry-https:__index.docker.io_v1_"), "utf8"))).toEqual(
    {
      ServerURL: "https://index.docker.io/v1/",
      Username: "<token>",
      Secret: "t",
    },
  );
  expect(await store.find("docker.io")).toEqual({ kind: "identity-token", token: "t" });
});

test("a registry may have a helper of its own", async () => {
  const store = open({
    credHelpers: { "docker.io": "keeps", "index.docker.io": "" },
    auths: { other: { auth: btoa("a:b") } },
  });
  expect((await store.store("docker.io", BOB)).isPlainText).toBe(false);
  expect(await store.find("docker.io")).toEqual(BOB);
  expect(await store.find("other")).toMatchObject({ username: "a" });
});

test("failures name the helper, never the secret", async () => {
  expect(await failure(open({ credsStore: "fails" }).store(REGISTRY, BOB))).toEqual([
    "failed-precondition",
    "docker-credential-fails store: no keychain for " +
      '{"ServerURL":"localhost:5000","Username":"bob","Secret":"***"}',
  ]);
  expect(await failure(open({ credsStore: "gone" }).store(REGISTRY, BOB))).toEqual([
    "failed-precondition",
    "docker-credential-gone not found: install it",
  ]);
  expect(written()).toEqual({ credsStore: "gone" });
});

test.each([
  ["fails", "docker-credential-fails get: no keychain for localhost:5000"],
  ["babbles", "docker-credential-babbles get: the answer is no credential"],
  ["gone", "docker-credential-gone not found: install it"],
  ["../sh", '"../sh" is no name of a credential helper'],
])("without a credential from %s work goes on, with a warning", async (name, reason) => {
  const store = open({ credHelpers: { [REGISTRY]: name } });
  expect(await store.find(REGISTRY)).toBeUndefined();
  expect(warnings).toEqual([`WARNING: ${reason} (${join(home, "config.json")})`]);
});
