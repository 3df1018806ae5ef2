// The program as a whole: what it must not take from its surroundings.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createSandbox, program, type Sandbox } from "../shale.ts";

let box: Sandbox;

beforeAll(() => {
  box = createSandbox();
});

afterAll(() => box[Symbol.dispose]());

describe("a working directory that wants to run code", () => {
  const source = ["--no-env-file", `--config=${join(program, "../bunfig.toml")}`];
  const main = join(import.meta.dir, "../../src/cli/main.ts");
  const forms: [name: string, argv: string[]][] = [
    ["the program", [program]],
    ["its sources", [process.execPath, ...source, main]],
  ];

  test.each(forms)("by bunfig.toml and .env is not heard by %s", (_name, argv) => {
    const cwd = box.files("trap", {
      "bunfig.toml": 'preload = ["./preload.ts"]\n',
      "preload.ts": 'require("fs").writeFileSync("sprung", ""); console.log("sprung");\n',
      ".env": `SHALE_ROOT=${box.work}/other\n`,
    });
    const done = Bun.spawnSync([...argv, "info"], {
      cwd,
      env: { ...process.env, SHALE_ROOT: undefined },
    });
    expect(done.stdout.toString()).toContain("Root Dir: /var/lib/shale");
    expect(done.stdout.toString()).not.toContain("sprung");
    expect(existsSync(join(cwd, "sprung"))).toBe(false);
  });
});

test("the library builds and lists as the example does", () => {
  const context = box.files("library", { Dockerfile: "FROM scratch\nCOPY note /\n", note: "hi" });
  const example = join(import.meta.dir, "../../examples/build-and-list.ts");
  const done = Bun.spawnSync([process.execPath, example, box.root, context, "from-code"]);
  const lines = done.stdout.toString().trimEnd().split("\n");
  expect(lines).toContain("[1/1] COPY note /");
  expect(lines.at(-1)).toMatch(/^[0-9a-f]{12} from-code:latest$/);
  expect(box.shale("images", "-q", "from-code")).toBe(lines.at(-1)!.slice(0, 12));
});
