import { describe, expect, test } from "bun:test";
import { KindedError } from "#errors";
import { formatError, OutputClosed, openOutput, reportError } from "./index.ts";

const stdio = new URL("./index.ts", import.meta.url).href;

/** Runs code that has `out` and `reportError` in a process of its own, through a shell. */
async function run(code: string, shell = "cat") {
  const script = `const { openOutput, reportError } = await import("${stdio}");
    const out = openOutput(1);
    try { ${code} } catch (error) { process.exit(reportError(error, openOutput(2))); }
    process.exit(0);`;
  const child = Bun.spawn(
    ["sh", "-c", `{ "$0" -e "$1"; echo "exit $?" >&2; } | ${shell}`, process.execPath, script],
    {
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).bytes(),
    new Response(child.stderr).text(),
  ]);
  return { stdout, stderr };
}

describe("stdout", () => {
  test("gets all of a large text before the process exits, however slow the reader", async () => {
    const { stdout, stderr } = await run('out.write("x".repeat(3_000_000));', "(sleep 0.1; cat)");
    expect(stdout.length).toBe(3_000_000);
    expect(stderr).toBe("exit 0\n");
  });

  test("ends the program without a word when the reader is gone", async () => {
    const { stdout, stderr } = await run(
      'for (;;) out.write("line of text\\n".repeat(1000));',
      "head -n 1",
    );
    expect(new TextDecoder().decode(stdout)).toBe("line of text\n");
    expect(stderr).toBe("exit 141\n");
  });

  test("of a pipe is no terminal and 80 columns wide", async () => {
    const { stdout } = await run("out.write([out.isTerminal, out.columns, out.rows].join());");
    expect(new TextDecoder().decode(stdout)).toBe("false,80,24");
  });
});

describe("reportError", () => {
  function report(error: unknown): [number, string] {
    let text = "";
    const code = reportError(error, {
      write: (more) => {
        text += more;
      },
    });
    return [code, text];
  }

  test("prints the message and gives exit code 1", () => {
    expect(report(new KindedError("not-found", "no such image: x"))).toEqual([
      1,
      "Error: no such image: x\n",
    ]);
    expect(report("text")).toEqual([1, "Error: text\n"]);
  });

  test("keeps an error's own exit code and text", () => {
    expect(report(Object.assign(new Error("unknown flag: --x"), { exitCode: 125 }))).toEqual([
      125,
      "unknown flag: --x\n",
    ]);
  });

  test("is silent about a closed output", () => {
    expect(report(new OutputClosed(undefined))).toEqual([141, ""]);
  });

  test("does not pass on escape sequences", () => {
    expect(formatError(new Error("bad name \x1b]0;x\x07"))).toBe("Error: bad name \\x1b]0;x\\x07");
  });
});

test("openOutput touches nothing until it is used", () => {
  expect(Object.keys(openOutput(2)).sort()).toEqual(["columns", "isTerminal", "rows", "write"]);
});
