import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KindedError, kindOf } from "#errors";
import { findStage, parseDockerfile, parseLines, parseTrigger, targetStage } from "./index.ts";
import { formatTree } from "./testing/s-expression.ts";

const cases = join(import.meta.dir, "testdata");
const update = process.env.SHALE_UPDATE_GOLDEN === "1";

/** Compares with a golden file, or writes it when `SHALE_UPDATE_GOLDEN=1`. */
function matchGolden(path: string, actual: string): void {
  if (update) writeFileSync(path, actual);
  expect(actual).toBe(existsSync(path) ? readFileSync(path, "utf8") : "");
}

function format(value: unknown): string {
  return `${JSON.stringify(value, compactRange, 1)}\n`;
}

function compactRange(key: string, value: unknown): unknown {
  if (key === "text") return undefined;
  if (key !== "range") return value;
  const { firstLine, lastLine, column } = value as Record<string, number>;
  return `${firstLine}-${lastLine}:${column}`;
}

function refusalOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(kindOf(error)).toBe("invalid-argument");
    return (error as KindedError).message;
  }
  return "accepted";
}

describe("golden Dockerfiles", () => {
  for (const name of readdirSync(cases)) {
    const text = readFileSync(join(cases, name, "Dockerfile"), "utf8");
    if (name.startsWith("error-")) {
      test(name, () => {
        matchGolden(join(cases, name, "error"), `${refusalOf(() => parseDockerfile(text))}\n`);
      });
      continue;
    }
    test(name, () => {
      matchGolden(join(cases, name, "expected.json"), format(parseDockerfile(text)));
      const { nodes } = parseLines({ text, name: "Dockerfile" });
      matchGolden(join(cases, name, "tree"), formatTree(nodes));
    });
  }
});

describe("errors", () => {
  const refusals: [string, string][] = [
    ["FROM a\nENV", "ENV requires at least one argument"],
    ["FROM a\nENV =b", "ENV names can not be blank"],
    ["FROM a\nARG =b", "ARG names can not be blank"],
    ["FROM a\nCOPY b", "COPY requires at least two arguments, but only one was provided."],
    ["FROM a\nCOPY b <<EOF\nEOF", "COPY cannot accept a heredoc as a destination"],
    ["FROM a\nWORKDIR", "WORKDIR requires exactly one argument"],
    ["FROM a\nUSER --x y", "unknown flag: --x; it takes no flags"],
    ["FROM --platfrom=x a", "unknown flag: --platfrom (did you mean platform?)"],
    ["FROM --platform a", "missing a value on flag: --platform"],
    ["FROM a\nCOPY --link=maybe b c", "expecting boolean value for flag --link, not: maybe"],
    ["FROM a\nCOPY --from=x --from=y b c", "duplicate flag specified: --from"],
    ["FROM a\nSHELL bash -c", "SHELL requires the arguments to be in JSON form"],
    ["FROM a\nVOLUME [' ']\nVOLUME [\" \"]", "VOLUME specified can not be an empty string"],
    ["FROM a\nHEALTHCHECK", "HEALTHCHECK requires at least one argument"],
    ["FROM a\nHEALTHCHECK TCP 80", 'Unknown type "TCP" in HEALTHCHECK (try CMD)'],
    ["FROM a\nHEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"],
    ["FROM a\nHEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"],
    ["FROM a\nHEALTHCHECK --interval=5 CMD x", 'time: missing unit in duration "5"'],
    ["FROM a\nHEALTHCHECK --interval=5us CMD x", "cannot be less than 1ms"],
    ["FROM a\nHEALTHCHECK --retries=-1 CMD x", "--retries cannot be negative (-1)"],
    ["FROM a\nONBUILD", "ONBUILD requires at least one argument"],
    ["FROM a\nONBUILD FROM b", "FROM isn't allowed as an ONBUILD trigger"],
    ["FROM a\nRUN --network=lan x", 'invalid network mode "lan"'],
    ["FROM a\nRUN --security=no x", 'security "no" is not valid'],
    ["FROM a\nRUN --mount=foo x", "invalid field 'foo' must be a key=value pair"],
    ["FROM a\nRUN --mount=type=bind,size=1 x", "unexpected key 'size' for mount type 'bind'"],
    ["FROM a\nRUN --mount=type=bind,uid=1 x", 'uid not allowed for "bind" type mounts'],
    ["FROM a\nRUN --mount=type=bind,sharing=shared x", "invalid cache sharing set for bind mount"],
    ["FROM a\nRUN --mount=type=secret x", "invalid secret mount. one of source, target required"],
    [
      "FROM a\nRUN --mount=type=cache,form=x x",
      "unexpected key 'form' in 'form=x' (did you mean from?)",
    ],
    ["FROM a\nRUN --mount=from=$x,target=/y x", "'from' doesn't support variable expansion"],
    ["FROM a\nRUN --mount=type=cache,mode=9 x", "invalid value 9 for mode"],
    ["# escape=`\n# escape=\\\nFROM a", "only one escape parser directive can be used"],
    ["\\\n", "unknown instruction: "],
  ];
  for (const [text, words] of refusals)
    test(JSON.stringify(text), () => {
      expect(refusalOf(() => parseDockerfile(text))).toContain(words);
    });

  test("name the file, the line and mark it", () => {
    const message = refusalOf(() => parseDockerfile("FROM a\nRUM b\n", { name: "web.Dockerfile" }));
    expect(message.split("\n")).toEqual([
      "dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)",
      "web.Dockerfile:2",
      "--------------------",
      "   1 |     FROM a",
      "   2 | >>> RUM b",
      "   3 |",
      "--------------------",
    ]);
  });
});

describe("stages", () => {
  const file = parseDockerfile("FROM a AS Build\nFROM b\nFROM build AS final\n");

  test("are found by name in any case, by index, and only above where that is asked", () => {
    expect(findStage(file, "BUILD")?.index).toBe(0);
    expect(findStage(file, "1")?.index).toBe(1);
    expect(findStage(file, "final", 2)).toBeUndefined();
    expect(findStage(file, "3")).toBeUndefined();
  });

  test("the target is the last one, or the one asked for", () => {
    expect(targetStage(file).index).toBe(2);
    expect(targetStage(file, "build").index).toBe(0);
    expect(refusalOf(() => targetStage(file, "biuld"))).toBe(
      'target stage "biuld" could not be found (did you mean build?)',
    );
  });
});

describe("ONBUILD triggers", () => {
  test("an image's trigger is parsed when it is used, heredoc and all", () => {
    const file = parseDockerfile("FROM a\nonbuild  copy <<EOF /x\nhi $A\nEOF\n");
    const [onbuild] = file.stages[0]!.instructions;
    if (onbuild?.kind !== "onbuild") throw new Error("not an ONBUILD");
    expect(onbuild.expression).toBe("copy <<EOF /x\nhi $A\nEOF");
    expect(parseTrigger(onbuild.expression, "a")).toMatchObject({
      kind: "copy",
      inlineFiles: [{ name: "EOF", content: "hi $A\n", expand: true }],
      destination: "/x",
    });
  });

  test("more than one instruction, or one that may not be delayed, is refused", () => {
    expect(refusalOf(() => parseTrigger("RUN a\nRUN b", "a"))).toContain("single expression");
    expect(refusalOf(() => parseTrigger("FROM a", "a"))).toContain("isn't allowed as an ONBUILD");
  });
});
