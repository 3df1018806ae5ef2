import { describe, expect, test } from "bun:test";
import { type FlagSpecs, parseArguments, parseBytes, parseDuration, UsageError } from "./index.ts";

const flags = {
  all: { type: "bool", short: "a", help: "" },
  sigProxy: { type: "bool", default: true, help: "" },
  interactive: { type: "bool", short: "i", help: "" },
  tty: { type: "bool", short: "t", help: "" },
  env: { type: "list", short: "e", help: "" },
  volume: { type: "list", short: "v", aliases: ["bind"], help: "" },
  kinds: { type: "list", default: ["a", "b"], help: "" },
  sysctl: { type: "map", help: "" },
  name: { type: "string", help: "" },
  workDir: { type: "string", short: "w", name: "workdir", default: "/", help: "" },
  pidsLimit: { type: "int", help: "" },
  weight: { type: "uint", help: "" },
  ratio: { type: "float", help: "" },
  memory: { type: "bytes", short: "m", help: "" },
  memorySwap: { type: "bytes", unlimited: true, help: "" },
  interval: { type: "duration", help: "" },
  progress: { type: "enum", choices: ["auto", "plain", "tty"], default: "auto", help: "" },
  verbose: { type: "count", short: "V", help: "" },
  gpus: { type: "string", bare: "all", help: "" },
  cpus: {
    type: "custom",
    help: "",
    parse: (text: string, previous: number | undefined): number => {
      if (!/^\d/.test(text)) throw new Error(`failed to parse ${text} as a rational number`);
      return Number(text) + (previous ?? 0);
    },
  },
  old: { type: "string", deprecated: "use --name instead", help: "" },
} as const satisfies FlagSpecs;

function parse(line: string, interspersed = true) {
  return parseArguments(line.split(" ").filter(Boolean), {
    path: "shale run",
    flags,
    interspersed,
  });
}

function errorOf(...args: string[]): string {
  try {
    parseArguments(args, { path: "shale run", flags });
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).exitCode).toBe(125);
    return (error as UsageError).message;
  }
  throw new Error("no error");
}

describe("values that are not given", () => {
  test("are the defaults or the type's zero", () => {
    const { flags: values, args, given, help, warnings } = parse("");
    expect(values).toMatchObject({ all: false, sigProxy: true, env: [], kinds: ["a", "b"] });
    expect(values).toMatchObject({ workDir: "/", progress: "auto", verbose: 0 });
    expect(values.sysctl.size).toBe(0);
    expect([values.name, values.pidsLimit, values.memory, values.cpus]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect({ args, given: [...given], help, warnings }).toEqual({
      args: [],
      given: [],
      help: false,
      warnings: [],
    });
  });
});

describe("forms", () => {
  test.each([
    ["--name x", { name: "x" }, []],
    ["--name=x", { name: "x" }, []],
    ["--name=", { name: "" }, []],
    ["--name=a=b", { name: "a=b" }, []],
    ["--name -x", { name: "-x" }, []],
    ["--name --", { name: "--" }, []],
    ["-w /a", { workDir: "/a" }, []],
    ["-w/a", { workDir: "/a" }, []],
    ["-w=/a", { workDir: "/a" }, []],
    ["--workdir /a", { workDir: "/a" }, []],
    ["-it", { interactive: true, tty: true }, []],
    ["-itw/a x", { interactive: true, tty: true, workDir: "/a" }, ["x"]],
    ["-itw /a x", { tty: true, workDir: "/a" }, ["x"]],
    ["-i=false -t=1", { interactive: false, tty: true }, []],
    ["-it=false", { interactive: true, tty: false }, []],
    ["--sig-proxy=false", { sigProxy: false }, []],
    ["--all false", { all: true }, ["false"]],
    ["-e A=1 -eB=2 --env C", { env: ["A=1", "B=2", "C"] }, []],
    ["-v a --bind b", { volume: ["a", "b"] }, []],
    ["--kinds c --kinds d", { kinds: ["c", "d"] }, []],
    ["--pids-limit -1", { pidsLimit: -1 }, []],
    ["--pids-limit 0x10", { pidsLimit: 16 }, []],
    ["--pids-limit 010", { pidsLimit: 8 }, []],
    ["--weight 500 --ratio 1.5e2", { weight: 500, ratio: 150 }, []],
    ["-m 512m --memory-swap -1", { memory: 536_870_912, memorySwap: -1 }, []],
    ["--interval 1m30s", { interval: 90_000 }, []],
    ["--progress=plain", { progress: "plain" }, []],
    ["-VV --verbose", { verbose: 3 }, []],
    ["--verbose=7 -V", { verbose: 8 }, []],
    ["--gpus x", { gpus: "all" }, ["x"]],
    ["--gpus=2", { gpus: "2" }, []],
    ["--cpus 1.5 --cpus 2", { cpus: 3.5 }, []],
    ["a -i b --all c", { interactive: true, all: true }, ["a", "b", "c"]],
    ["-i - x", { interactive: true }, ["-", "x"]],
    ["-i -- -t --all", { interactive: true, tty: false }, ["-t", "--all"]],
    ["a -- -t -- x", { tty: false }, ["a", "-t", "--", "x"]],
  ])("%s", (line, values, args) => {
    const parsed = parse(line);
    expect(parsed.flags).toMatchObject(values);
    expect(parsed.args).toEqual(args);
  });

  test("an empty argument is an argument", () => {
    const { args } = parseArguments(["", "-i", ""], { path: "x", flags });
    expect(args).toEqual(["", ""]);
  });

  test("maps keep the last value of a key", () => {
    const { sysctl } = parse("--sysctl a=1 --sysctl b=x=y --sysctl c --sysctl a=2").flags;
    expect([...sysctl]).toEqual([
      ["a", "2"],
      ["b", "x=y"],
      ["c", ""],
    ]);
  });

  test("given says which flags stand on the line", () => {
    expect([...parse("--sig-proxy -e a -e b").given]).toEqual(["sigProxy", "env"]);
  });
});

describe("without interspersed flags", () => {
  test("everything from the first argument on is an argument", () => {
    const { flags: values, args } = parse("-i debian sh -c x -t --all", false);
    expect(values).toMatchObject({ interactive: true, tty: false, all: false });
    expect(args).toEqual(["debian", "sh", "-c", "x", "-t", "--all"]);
  });

  test("`--` before it is dropped, after it kept", () => {
    expect(parse("-i -- -x y", false).args).toEqual(["-x", "y"]);
    expect(parse("debian -- -x", false).args).toEqual(["debian", "--", "-x"]);
  });
});

describe("help and warnings", () => {
  test("--help and -h are known everywhere", () => {
    expect(parse("--help").help).toBe(true);
    expect(parse("-h")).toMatchObject({
      help: true,
      warnings: ["Flag shorthand -h has been deprecated, use --help"],
    });
    expect(parse("debian --help", false).help).toBe(false);
  });

  test("-h may be a flag of the command's", () => {
    const own = { hostname: { type: "string", short: "h", help: "" } } as const;
    expect(parseArguments(["-h", "x"], { path: "x", flags: own })).toMatchObject({
      help: false,
      flags: { hostname: "x" },
    });
  });

  test("a deprecated flag warns once", () => {
    expect(parse("--old 1 --old 2")).toMatchObject({
      flags: { old: "2" },
      warnings: ["Flag --old has been deprecated, use --name instead"],
    });
  });
});

describe("errors, in docker's words", () => {
  test.each([
    [["--foo"], "unknown flag: --foo"],
    [["--foo=1"], "unknown flag: --foo"],
    [["--help", "--foo"], "unknown flag: --foo"],
    [["-Z"], "unknown shorthand flag: 'Z' in -Z"],
    [["-itZ"], "unknown shorthand flag: 'Z' in -Z"],
    [["-ti--foo"], "unknown shorthand flag: '-' in ---foo"],
    [["-=x"], "unknown shorthand flag: '=' in -=x"],
    [["--=x"], "bad flag syntax: --=x"],
    [["---x"], "bad flag syntax: ---x"],
    [["--name"], "flag needs an argument: --name"],
    [["-iw"], "flag needs an argument: 'w' in -w"],
    [
      ["--all=maybe"],
      'invalid argument "maybe" for "-a, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      ["-ia=maybe"],
      'invalid argument "maybe" for "-a, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      ["--pids-limit=1.5"],
      'invalid argument "1.5" for "--pids-limit" flag: strconv.ParseInt: parsing "1.5": invalid syntax',
    ],
    [
      ["--pids-limit="],
      'invalid argument "" for "--pids-limit" flag: strconv.ParseInt: parsing "": invalid syntax',
    ],
    [
      ["--pids-limit=99999999999999999999"],
      'invalid argument "99999999999999999999" for "--pids-limit" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    [
      ["--weight=-1"],
      'invalid argument "-1" for "--weight" flag: strconv.ParseUint: parsing "-1": invalid syntax',
    ],
    [["--memory=foo"], 'invalid argument "foo" for "-m, --memory" flag: invalid size: \'foo\''],
    [["--memory=-1"], 'invalid argument "-1" for "-m, --memory" flag: invalid size: \'-1\''],
    [
      ["--interval=5"],
      'invalid argument "5" for "--interval" flag: time: missing unit in duration "5"',
    ],
    [
      ["--cpus=x"],
      'invalid argument "x" for "--cpus" flag: failed to parse x as a rational number',
    ],
    [
      ["--progress=x"],
      'invalid argument "x" for "--progress" flag: must be one of "auto", "plain", "tty"',
    ],
  ])("%p", (args, message) => {
    expect(errorOf(...args)).toBe(`${message}\nSee 'shale run --help'.`);
  });
});

describe("sizes", () => {
  test.each([
    ["0", 0],
    ["512", 512],
    ["512b", 512],
    ["64k", 65_536],
    ["64K", 65_536],
    ["64kb", 65_536],
    ["64KiB", 65_536],
    ["1.5g", 1_610_612_736],
    ["10 MB", 10_485_760],
    ["1t", 2 ** 40],
    [".5k", 512],
    ["0.3k", 307],
  ])("%s is %p bytes", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  test.each([
    ["", "invalid size: ''"],
    ["foo", "invalid size: 'foo'"],
    ["-1", "invalid size: '-1'"],
    ["1x", "invalid suffix: 'x'"],
    ["1.5zz", "invalid suffix: 'zz'"],
    ["1kx", "invalid suffix: 'kx'"],
    ["1 k b", "invalid size: '1 k b'"],
  ])("%p: %s", (text, message) => {
    expect(() => parseBytes(text)).toThrow(message);
  });
});

describe("durations", () => {
  test.each([
    ["0", 0],
    ["5s", 5000],
    ["-1.5h", -5_400_000],
    ["+2h45m", 9_900_000],
    ["300ms", 300],
    ["1us", 0.001],
    ["1µs", 0.001],
    ["500ns", 0.0005],
    [".5s", 500],
    ["1.s", 1000],
  ])("%s is %p ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  test.each([
    ["", 'time: invalid duration ""'],
    ["x", 'time: invalid duration "x"'],
    ["s", 'time: invalid duration "s"'],
    ["-", 'time: invalid duration "-"'],
    ["5", 'time: missing unit in duration "5"'],
    ["1s5", 'time: missing unit in duration "1s5"'],
    ["5parsec", 'time: unknown unit "parsec" in duration "5parsec"'],
    ["1.2.3s", 'time: missing unit in duration "1.2.3s"'],
    ["1constructor", 'time: unknown unit "constructor" in duration "1constructor"'],
  ])("%p: %s", (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });
});
