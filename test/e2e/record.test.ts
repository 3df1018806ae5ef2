// A session at a terminal becomes a Dockerfile, whose build has what the session had.
// Needs root, crun and conmon.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { base, createSandbox, type Sandbox } from "../shale.ts";
import { startOnTerminal } from "../typist.ts";

let box: Sandbox;

beforeAll(() => {
  box = createSandbox();
  mkdirSync(box.work, { recursive: true });
  box.shale("import", base("busybox"), "busybox");
  box.shale("import", base("debian"), "debian");
}, 120_000);

afterAll(() => box[Symbol.dispose]());

const TYPED = [
  "mkdir -p /srv/app && cd /srv/app",
  `export GREETING='say "hi" for $5'`,
  "echo $GREETING >greeting",
  "ls",
  "false",
  "for i in 1 2; do",
  "  echo $i >file$i",
  "done",
  "cat >document <<EOF",
  "it is $GREETING",
  "",
  "EOF",
  "[ -f file1 ] && rm file1",
  "rm /etc/group",
];

const LOOK = 'pwd; echo "$GREETING"; ls; cat greeting file2 document; ls /etc/group 2>&1 || true';

test.each([
  ["busybox", "sh", / # $|^> $|\n> $/],
  ["debian", "bash", /# $|h> $/],
])(
  "%s in %s",
  async (image, shell, prompt) => {
    const record = ["--record", `${shell}/Dockerfile`];
    mkdirSync(join(box.work, shell));
    const typist = startOnTerminal(box, [
      "run",
      "-it",
      "--name",
      shell,
      "--network",
      "none",
      ...record,
      image,
      shell,
    ]);
    for (const line of TYPED) {
      await typist.expect(prompt);
      typist.type(line);
    }
    await typist.expect(prompt);
    typist.type("exit");
    expect(await typist.exited).toBe(0);
    const text = readFileSync(join(box.work, shell, "Dockerfile"), "utf8");
    expect(text).toStartWith(`FROM ${image}\n`);
    expect(text).toContain("# ls\n");
    expect(text).toContain("# failed with 1: false\n");
    expect(text).toContain("# 1 change: /etc/group\nRUN rm /etc/group\n");
    box.shale("build", "-q", "-t", `built:${shell}`, join(box.work, shell));
    box.shale("commit", "-c", "WORKDIR /srv/app", shell, `committed:${shell}`);
    const inside = (name: string, ...options: string[]) =>
      box.shale(
        "run",
        "--rm",
        "--network",
        "none",
        ...options,
        `${name}:${shell}`,
        "sh",
        "-c",
        LOOK,
      );
    const greeting = ["-e", 'GREETING=say "hi" for $5'];
    expect(inside("built")).toBe(inside("committed", ...greeting));
    expect(inside("built")).toContain('it is say "hi" for $5');
  },
  60_000,
);

test("what cannot be recorded is refused", () => {
  const run = (...args: string[]) =>
    box.run(["run", "--network", "none", "--record", "D", ...args]);
  expect(run("busybox", "sh").stderr).toContain("--record needs somebody who types: add -it");
  expect(run("-i", "busybox", "ls").stderr).toContain('--record records a shell, not "ls"');
  expect(run("-d", "busybox").stderr).toContain("cannot specify both --record and --detach");
  expect(box.shale("ps", "-aq").split("\n")).toHaveLength(2);
});
