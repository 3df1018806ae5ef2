import { describe, expect, test } from "bun:test";
import { defineCommand, defineProgram, runProgram } from "./index.ts";

const images = defineCommand({
  usage: "[OPTIONS]",
  summary: "List images",
  flags: {
    filter: { type: "list", short: "f", help: "Filter output: it's useful" },
    format: { type: "string", help: "Format output" },
    progress: { type: "enum", choices: ["auto", "plain"], help: "Progress" },
    quiet: { type: "bool", short: "q", help: "Only show IDs" },
    secret: { type: "bool", hidden: true, help: "Not shown" },
  },
  run: () => 0,
});

const program = defineProgram({
  name: "shale",
  summary: "",
  version: "",
  flags: { root: { type: "string", help: "Directory of the store" } },
  common: [],
  commands: {
    images: { summary: "List images", load: async () => images },
    image: {
      summary: "Manage images",
      commands: { ls: { summary: "List images", load: async () => images } },
    },
  },
  context: () => undefined,
});

async function script(shell: string): Promise<string> {
  let text = "";
  const stdout = {
    columns: 80,
    write: (more: string) => {
      text += more;
    },
  };
  await runProgram(program, ["completion", shell], { stdout, stderr: stdout });
  return text;
}

/** What bash offers for the last word; needs bash. */
async function bashOffers(...words: string[]): Promise<string[]> {
  const ask = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _shale; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const child = Bun.spawn(["bash", "-c", `${await script("bash")}\n${ask}`, "bash", ...words], {
    stdout: "pipe",
    cwd: import.meta.dir,
  });
  return (await new Response(child.stdout).text()).split("\n").filter(Boolean);
}

describe("in bash", () => {
  test.each([
    [
      ["shale", "im"],
      ["images", "image"],
    ],
    [["shale", "image", ""], ["ls"]],
    [
      ["shale", "images", "--f"],
      ["--filter", "--format"],
    ],
    [["shale", "--root", "x", "images", "--q"], ["--quiet"]],
    [["shale", "image", "ls", "-q", "--pro"], ["--progress"]],
    [["shale", "images", "--se"], []],
    [["shale", "images", "--filter", "completion.te"], ["completion.test.ts"]],
    [["shale", "images", "wrap"], ["wrap.ts"]],
  ])("%p offers %p", async (words, offers) => {
    expect(await bashOffers(...words)).toEqual(offers);
  });
});

test("fish gets a line for each command and flag", async () => {
  const lines = (await script("fish")).split("\n");
  expect(lines).toContain("complete -c shale -n '__shale_at image' -f -a ls -d 'List images'");
  expect(lines).toContain(
    "complete -c shale -n '__shale_at images' -l filter -s f -r -d 'Filter output: it\\'s useful'",
  );
  expect(lines).toContain(
    "complete -c shale -n '__shale_at images' -l progress -r -f -a 'auto plain' -d 'Progress'",
  );
});

test("zsh gets names with their descriptions", async () => {
  const text = await script("zsh");
  expect(text).toStartWith("#compdef shale\n");
  expect(text).toContain("commands=('images:List images' 'image:Manage images')");
  expect(text).toContain("'-f:Filter output\\: it'\\''s useful'");
});

test("other shells are an error", async () => {
  await expect(script("tcsh")).rejects.toThrow("unknown shell 'tcsh': use one of bash, zsh, fish");
});
