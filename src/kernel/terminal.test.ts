import { expect, test } from "bun:test";
import { join } from "node:path";
import { isTerminal, spawnProcess, windowSize } from "./index.ts";

const script = `
  const { enterRawMode, isTerminal, onWindowChange, windowSize } = await import(process.argv[1]);
  const { execSync } = await import("node:child_process");
  const mode = () => /-icanon/.test(execSync("stty -a", { stdio: [0, "pipe", 2] }).toString());
  const seen = [isTerminal(0), windowSize(0), mode()];
  { using raw = enterRawMode(0); seen.push(mode()); }
  seen.push(mode());
  onWindowChange(() => { console.log(JSON.stringify(windowSize(0))); process.exit(0); });
  console.log(JSON.stringify(seen));
  setTimeout(() => process.exit(1), 5000);
`;

test("a terminal's size and changes of it, raw mode and back", async () => {
  let seen = "";
  const child = spawnProcess(
    [process.execPath, "-e", script, join(import.meta.dir, "terminal.ts")],
    {
      terminal: {
        rows: 11,
        columns: 22,
        onData: (chunk) => {
          seen += Buffer.from(chunk).toString();
          if (seen.endsWith("]\r\n")) child.terminal!.resize(44, 33);
        },
      },
    },
  );
  expect(await child.exited).toEqual({ code: 0 });
  const lines = seen.trim().split("\r\n");
  const size = { rows: 11, columns: 22 };
  expect(JSON.parse(lines[0]!)).toEqual([true, size, false, true, false]);
  expect(JSON.parse(lines[1]!)).toEqual({ rows: 33, columns: 44 });
});

test("a pipe is no terminal", async () => {
  const child = spawnProcess(["sleep", "100"], { extra: ["pipe"] });
  expect(isTerminal(child.extra[0]!)).toBe(false);
  expect(windowSize(child.extra[0]!)).toBeUndefined();
  child.kill("SIGKILL");
  await child.exited;
});
