import { describe, expect, test } from "bun:test";
import { defineCommand, defineProgram, type FlagValues, runProgram, UsageError } from "./index.ts";

interface Context {
  debug: boolean;
  log: string[];
}

const images = defineCommand({
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  summary: "List images",
  aliases: ["shale image ls", "shale image list", "shale images"],
  args: { max: 1 },
  flags: {
    all: { type: "bool", short: "a", help: "Show all images (default hides intermediate images)" },
    digests: { type: "bool", help: "Show digests" },
    filter: {
      type: "list",
      short: "f",
      value: "filter",
      help: "Filter output based on conditions provided",
    },
    format: {
      type: "string",
      help: "Format output using a custom template:\n'table':            Print output in table format with column headers (default)\n'json':             Print in JSON format\nRefer to the manual for more information about formatting output with templates",
    },
    noTrunc: { type: "bool", help: "Don't truncate output" },
    quiet: { type: "bool", short: "q", help: "Only show image IDs" },
    secret: { type: "string", hidden: true, help: "Not shown" },
    gone: { type: "string", deprecated: "forget it", help: "Not shown" },
  },
  run: async (context: Context, { flags, args }) => {
    // The types follow from the definitions: these lines would not compile otherwise.
    const all: boolean = flags.all;
    const filter: readonly string[] = flags.filter;
    const format: string | undefined = flags.format;
    context.log.push(JSON.stringify({ all, filter, format, args, debug: context.debug }));
    return 7;
  },
});

const run = defineCommand({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  summary: "Create and run a new container from an image",
  args: { min: 1 },
  interspersed: false,
  flags: {
    pull: {
      type: "enum",
      choices: ["always", "missing"],
      default: "missing",
      help: "Pull image before running",
    },
    stopTimeout: { type: "duration", default: 90_000, help: "Timeout to stop a container" },
    sigProxy: { type: "bool", default: true, help: "Proxy received signals to the process" },
    gpus: { type: "string", bare: "all", help: "GPUs to add" },
    sysctl: { type: "map", help: "Sysctl options" },
  },
  run: (context: Context, { flags, args }) => {
    const pull: "always" | "missing" = flags.pull;
    context.log.push([pull, ...args].join(" "));
    return 0;
  },
});

const cp = defineCommand({
  usage: ["[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-", "[OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH"],
  summary: "Copy files/folders between a container and the local filesystem",
  args: { min: 2, max: 2 },
  flags: {},
  run: (_: Context) => 0,
});

const info = defineCommand({
  usage: "[OPTIONS]",
  summary: "Display information",
  flags: {},
  run: (_: Context) => 0,
});
const wait = defineCommand({
  usage: "X",
  summary: "Wait",
  args: { min: 1, max: 3 },
  flags: {},
  run: (_: Context) => 0,
});

function createProgram(log: string[], loaded: string[]) {
  const entry = <T>(name: string, summary: string, command: T, aliases: string[] = []) => ({
    summary,
    aliases,
    load: async () => {
      loaded.push(name);
      return command;
    },
  });
  return defineProgram({
    name: "shale",
    summary: "Build, keep, share and run container images",
    version: "shale version 1.2.3",
    flags: globalFlags,
    common: ["run", "images"],
    epilogue: "The manual has more.",
    commands: {
      images: entry("images", "List images", images),
      run: entry("run", "Create and run a new container from an image", run),
      cp: entry("cp", "Copy files", cp),
      info: entry("info", "Display information", info),
      wait: entry("wait", "Wait", wait),
      secret: { ...entry("secret", "Not shown", info), hidden: true },
      image: {
        summary: "Manage images",
        commands: { ls: entry("image ls", "List images", images, ["list"]) },
      },
    },
    context: (globals: FlagValues<typeof globalFlags>): Context => {
      const root: string | undefined = globals.root;
      log.push(`context ${root ?? ""}`.trim());
      return { debug: globals.debug, log };
    },
  });
}

const globalFlags = {
  debug: { type: "bool", short: "D", help: "Enable debug mode" },
  root: { type: "string", value: "directory", help: "Directory of the store" },
  version: { type: "bool", short: "v", help: "Print version information and quit" },
} as const;

/** Runs a command line; gives what was printed, what ran and which commands were loaded. */
async function shale(line: string) {
  const log: string[] = [];
  const loaded: string[] = [];
  const written = { stdout: "", stderr: "" };
  const writer = (stream: "stdout" | "stderr") => (text: string) => {
    written[stream] += text;
  };
  const terminal = {
    stdout: { columns: 80, write: writer("stdout") },
    stderr: { write: writer("stderr") },
  };
  const program = createProgram(log, loaded);
  try {
    const code = await runProgram(program, line.split(" ").filter(Boolean), terminal);
    return { code, ...written, log, loaded };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const stderr = written.stderr + error.message;
    return { code: error.exitCode, ...written, stderr, log, loaded };
  }
}

describe("dispatch", () => {
  test("loads and runs the one command that is named", async () => {
    expect(await shale("images -a -f x=1 --filter y repo")).toEqual({
      code: 7,
      stdout: "",
      stderr: "",
      loaded: ["images"],
      log: ["context", '{"all":true,"filter":["x=1","y"],"args":["repo"],"debug":false}'],
    });
  });

  test("finds grouped commands and aliases", async () => {
    expect((await shale("image ls")).loaded).toEqual(["image ls"]);
    expect((await shale("image list -q")).loaded).toEqual(["image ls"]);
  });

  test("gives global flags to the context, and only before the command", async () => {
    const { log } = await shale("-D --root /x images");
    expect(log).toEqual(["context /x", '{"all":false,"filter":[],"args":[],"debug":true}']);
    expect((await shale("images -D")).code).toBe(125);
  });

  test("leaves what follows the image of `run` alone", async () => {
    expect((await shale("run --pull=always debian ls --help -Z")).log[1]).toBe(
      "always debian ls --help -Z",
    );
  });

  test("prints the version and loads nothing", async () => {
    for (const line of ["--version", "-v", "-v images"]) {
      expect(await shale(line)).toMatchObject({
        code: 0,
        stdout: "shale version 1.2.3\n",
        loaded: [],
      });
    }
  });

  test("does not make a context where no command runs", async () => {
    for (const line of ["images --help", "images a b", "images --foo", "image", "nope"]) {
      expect((await shale(line)).log).toEqual([]);
    }
  });
});

describe("help", () => {
  const programHelp = `Usage:  shale [OPTIONS] COMMAND

Build, keep, share and run container images

Common Commands:
  run         Create and run a new container from an image
  images      List images

Management Commands:
  image       Manage images

Commands:
  completion  Generate the autocompletion script for the specified shell
  cp          Copy files
  info        Display information
  wait        Wait

Global Options:
  -D, --debug            Enable debug mode
      --root directory   Directory of the store
  -v, --version          Print version information and quit

Run 'shale COMMAND --help' for more information on a command.

The manual has more.
`;

  test.each(["", "--help", "help", "-D", "help --foo"])(
    "of the program: shale %s",
    async (line) => {
      expect(await shale(line)).toMatchObject({ code: 0, stdout: programHelp, loaded: [] });
    },
  );

  test.each(["image", "image --help", "help image"])("of a group: shale %s", async (line) => {
    expect(await shale(line)).toMatchObject({
      code: 0,
      loaded: [],
      stdout: `Usage:  shale image COMMAND

Manage images

Commands:
  ls          List images

Run 'shale image COMMAND --help' for more information on a command.
`,
    });
  });

  test.each(["images --help", "help images"])("of a command: shale %s", async (line) => {
    const { stdout } = await shale(line);
    expect(stdout).toBe(`Usage:  shale images [OPTIONS] [REPOSITORY[:TAG]]

List images

Aliases:
  shale image ls, shale image list, shale images

Options:
  -a, --all             Show all images (default hides intermediate images)
      --digests         Show digests
  -f, --filter filter   Filter output based on conditions provided
      --format string   Format output using a custom template:
                        'table':            Print output in table format
                        with column headers (default)
                        'json':             Print in JSON format
                        Refer to the manual for more information about
                        formatting output with templates
      --no-trunc        Don't truncate output
  -q, --quiet           Only show image IDs
`);
  });

  test("shows defaults and what a flag means alone", async () => {
    const { stdout } = await shale("run --help");
    expect(stdout.slice(stdout.indexOf("Options:"))).toBe(`Options:
      --gpus string[="all"]     GPUs to add
      --pull string             Pull image before running (default "missing")
      --sig-proxy               Proxy received signals to the process
                                (default true)
      --stop-timeout duration   Timeout to stop a container (default 1m30s)
      --sysctl map              Sysctl options
`);
  });

  test("shows all forms of a command", async () => {
    expect((await shale("cp --help")).stdout).toStartWith(
      "Usage:  shale cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tshale cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH\n\nCopy files",
    );
  });

  test("by -h comes with a warning", async () => {
    expect(await shale("images -h")).toMatchObject({
      code: 0,
      stderr: "Flag shorthand -h has been deprecated, use --help\n",
      stdout: expect.stringContaining("List images"),
    });
  });
});

describe("wrong command lines", () => {
  test.each([
    ["foo", 1, "shale: 'foo' is not a shale command.\nSee 'shale --help'"],
    [
      "imagse",
      1,
      "shale: 'imagse' is not a shale command.\nSee 'shale --help'\n\nDid you mean this?\n\timages\n\timage",
    ],
    ["image foo", 1, "shale: 'image foo' is not a shale command.\nSee 'shale image --help'"],
    ["help foo", 1, "shale: 'foo' is not a shale command.\nSee 'shale --help'"],
    ["--foo", 125, "unknown flag: --foo\nSee 'shale --help'."],
    ["--root", 125, "flag needs an argument: --root\nSee 'shale --help'."],
    ["image --foo ls", 125, "unknown flag: --foo\nSee 'shale image --help'."],
    ["image -Z", 125, "unknown shorthand flag: 'Z' in -Z\nSee 'shale image --help'."],
    ["image ls --foo", 125, "unknown flag: --foo\nSee 'shale image ls --help'."],
  ])("shale %s", async (line, code, message) => {
    expect(await shale(line)).toMatchObject({ code, stderr: message, stdout: "" });
  });

  test.each([
    ["images a b", "requires at most 1 argument", "[OPTIONS] [REPOSITORY[:TAG]]\n\nList images"],
    [
      "run",
      "requires at least 1 argument",
      "[OPTIONS] IMAGE [COMMAND] [ARG...]\n\nCreate and run a new container from an image",
    ],
    ["info x", "accepts no arguments", "[OPTIONS]\n\nDisplay information"],
    ["wait a b c d", "requires at least 1 and at most 3 arguments", "X\n\nWait"],
  ])("shale %s", async (line, problem, usage) => {
    const path = `shale ${line.split(" ")[0]}`;
    expect(await shale(line)).toMatchObject({
      code: 1,
      stderr: `"${path}" ${problem}.\nSee '${path} --help'.\n\nUsage:  ${path} ${usage}`,
    });
  });

  test("shale cp a", async () => {
    expect((await shale("cp a")).stderr).toBe(
      `"shale cp" requires exactly 2 arguments.
See 'shale cp --help'.

Usage:  shale cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-
	shale cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH

Copy files/folders between a container and the local filesystem`,
    );
  });
});

test("help wraps at the width of the terminal, and not at all where that makes no sense", async () => {
  const { wrapText } = await import("./wrap.ts");
  expect(wrapText("one two three four five six seven", 10, 40)).toBe(
    "one two three four five\n          six seven",
  );
  expect(wrapText("one two three four five six seven", 30, 44)).toBe(
    `\n${" ".repeat(16)}one two three four\n${" ".repeat(16)}five six seven`,
  );
  expect(wrapText("one two three", 30, 20)).toBe("one two three");
  expect(wrapText("a\nb", 2, 0)).toBe("a\n  b");
});
