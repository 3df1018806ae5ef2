// Hostile input to `shale registry serve`, and the page that says what happens to it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type ShaleRegistry, startShaleRegistry } from "../shale-registry.ts";
import { digestOf, pushImage } from "./conformance/content.ts";
import { createPeer, jsonOf, type Peer } from "./conformance/peer.ts";
import { bodyTricks } from "./hostile/bodies.ts";
import { connectionTricks, memoryOf } from "./hostile/connections.ts";
import { LIMITS, largestUpload, limitTricks, signedIn, writerLine } from "./hostile/limits.ts";
import { pathTricks } from "./hostile/paths.ts";
import type { Outcome, Trick } from "./hostile/trick.ts";

const DOCUMENT = join(import.meta.dir, "../../docs/hostile-registry.md");
const INTRODUCTION = `# Hostile input to the registry

What happens when somebody sends \`shale registry serve\` what nobody should. Every row is a test
(\`test/registry/hostile.test.ts\`, which also writes this page:
\`SHALE_UPDATE_GOLDEN=1 bun test test/registry/hostile.test.ts\`). After all of them the same process
still serves, within bounded memory; nothing was written outside of its directory, no blob in it has
other bytes than its digest says, and no repository is there that was not pushed properly.
`;
const PARTS: readonly (readonly [string, readonly Trick[]])[] = [
  ["Paths", pathTricks],
  ["Bodies", bodyTricks],
  ["Connections", connectionTricks],
  ["Limits and passwords", limitTricks],
];
const MOST_MEMORY = 1024;

const outcomes = new Map<Trick, Outcome>();
let place: string;
let registry: ShaleRegistry;
/** With passwords for writing, and small limits. */
let limited: ShaleRegistry;
let good: Peer;
let image: Awaited<ReturnType<typeof pushImage>>;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "shale-hostile-"));
  writeFileSync(join(place, "canary"), "untouched");
  registry = await startShaleRegistry([], join(place, "registry"));
  writeFileSync(join(place, "users"), await writerLine());
  limited = await startShaleRegistry(
    [
      ...["--htpasswd", join(place, "users"), "--anonymous-read"],
      ...["--max-blob-size", String(LIMITS.blob), "--max-manifest-size", String(LIMITS.manifest)],
      ...["--max-requests", String(LIMITS.requests)],
    ],
    join(place, "limited"),
  );
  good = createPeer(`http://${registry.host}`, "good/image");
  image = await pushImage(good, "latest");
});

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await limited[Symbol.asyncDispose]();
  rmSync(place, { recursive: true, force: true });
});

for (const [part, tricks] of PARTS)
  for (const [number, trick] of tricks.entries())
    test(`${part}: ${trick.name}`, async () => {
      const { host, pid } = tricks === limitTricks ? limited : registry;
      const [word = ""] = part.toLowerCase().split(" ");
      const peer = createPeer(`http://${host}`, `hostile/${word}-${number}`);
      outcomes.set(trick, await trick.run({ host, pid, peer }));
    }, 30_000);

test("afterwards the process serves what it had", async () => {
  expect((await good.ask("GET", "manifests/latest")).body).toEqual(image.bytes);
  await pushImage(good, "after");
  expect(memoryOf(registry.pid)).toBeLessThan(MOST_MEMORY);
});

test("nothing is outside of the registry's directory", () => {
  expect(readdirSync(place).toSorted()).toEqual(["canary", "limited", "registry", "users"]);
  expect(readFileSync(join(place, "canary"), "utf8")).toBe("untouched");
  const top = readdirSync(registry.root).filter((name) => !name.startsWith("registry.sqlite"));
  expect(top.toSorted()).toEqual(["blobs", "uploads"]);
});

test("the limited registry takes what is within its limits", async () => {
  await pushImage(signedIn(createPeer(`http://${limited.host}`, "good/image")), "after");
  expect(largestUpload(limited.root)).toBeLessThanOrEqual(LIMITS.blob);
});

test("each blob's bytes are what its digest says", () => {
  let blobs = 0;
  for (const entry of readdirSync(join(registry.root, "blobs"), {
    recursive: true,
    withFileTypes: true,
  })) {
    if (!entry.isFile()) continue;
    const algorithm = basename(join(entry.parentPath, ".."));
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    const [hex] = entry.name.split(".");
    expect(digestOf(bytes, algorithm === "sha512" ? "sha512" : "sha256")).toBe(
      `${algorithm}:${hex}`,
    );
    blobs += 1;
  }
  expect(blobs).toBeGreaterThan(2);
});

test("no repository is there that was not pushed properly", async () => {
  const answer = await good.ask("GET", "/v2/_catalog?n=1000");
  const { repositories } = jsonOf<{ repositories: string[] }>(answer);
  for (const name of repositories) expect(name).toMatch(/^(?:good\/image|hostile\/[a-z]+-\d+)$/);
});

test("the page says what happened", () => {
  const parts = PARTS.map(([part, tricks]) =>
    [
      `## ${part}`,
      "",
      "| trick | requests | answers | what the registry does |",
      "|---|---|---|---|",
    ]
      .concat(tricks.map(rowOf))
      .join("\n"),
  );
  const text = `${[INTRODUCTION.trimEnd(), ...parts].join("\n\n")}\n`;
  if (process.env.SHALE_UPDATE_GOLDEN === "1") writeFileSync(DOCUMENT, text);
  expect(readFileSync(DOCUMENT, "utf8")).toBe(text);
});

function rowOf(trick: Trick): string {
  const { tried, answers } = outcomes.get(trick) ?? { tried: 0, answers: "none" };
  return `| ${trick.name} | ${tried} | ${answers} | ${trick.verdict} |`;
}
