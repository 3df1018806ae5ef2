import { describe, expect, test } from "bun:test";
import { LiveView, type Output } from "./index.ts";

const ESCAPE = "\x1b";
const PARTS = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]|\n|\r|[^${ESCAPE}\n\r]+`, "g");

/** A terminal of a given size that keeps what is on it, for the few sequences a view sends. */
class Screen implements Output {
  isTerminal = true;
  columns = 20;
  rows = 10;
  lines: string[] = [""];
  cursorShown = true;
  writes = 0;

  write(data: string | Uint8Array): void {
    this.writes++;
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    for (const part of text.match(PARTS) ?? []) this.put(part);
  }

  private put(part: string): void {
    if (part === "\n") this.lines.push("");
    else if (part === "\x1b[?25l") this.cursorShown = false;
    else if (part === "\x1b[?25h") this.cursorShown = true;
    else if (part === "\x1b[J") this.lines = [...this.lines, ""];
    else if (part.endsWith("A") && part.startsWith(ESCAPE)) this.up(Number(part.slice(2, -1)));
    else if (!part.startsWith("\x1b") && part !== "\r") this.lines[this.lines.length - 1] += part;
  }

  /** Every sequence that moves up is followed by one that clears below. */
  private up(count: number): void {
    this.lines = this.lines.slice(0, -count - 1);
  }
}

describe("on a terminal", () => {
  test("redraws its lines in place and leaves the last ones", () => {
    const screen = new Screen();
    let step = 1;
    const view = new LiveView({ output: screen, render: () => [`step ${step}`, "more"] });
    view.draw();
    expect(screen.lines).toEqual(["step 1", "more", ""]);
    expect(screen.cursorShown).toBe(false);
    step = 2;
    view.close();
    expect(screen.lines).toEqual(["step 2", "more", ""]);
    expect(screen.cursorShown).toBe(true);
    view.close();
    view.draw();
    view.update();
    expect(screen.lines).toEqual(["step 2", "more", ""]);
  });

  test("shrinks and grows with what it shows", () => {
    const screen = new Screen();
    let lines = ["a", "b", "c"];
    const view = new LiveView({ output: screen, render: () => lines });
    view.draw();
    lines = ["only"];
    view.draw();
    expect(screen.lines).toEqual(["only", ""]);
    lines = [];
    view.draw();
    lines = ["x", "y"];
    view.draw();
    expect(screen.lines).toEqual(["x", "y", ""]);
  });

  test("keeps a log above", () => {
    const screen = new Screen();
    using view = new LiveView({ output: screen, render: () => ["busy"] });
    view.draw();
    view.log("first");
    view.log("second\n");
    expect(screen.lines).toEqual(["first", "second", "busy", ""]);
  });

  test("can take its lines away at the end", () => {
    const screen = new Screen();
    const view = new LiveView({ output: screen, render: () => ["busy", "very"] });
    view.draw();
    view.close({ erase: true });
    expect(screen.lines).toEqual([""]);
    expect(screen.cursorShown).toBe(true);
  });

  test("cuts lines to the width and shows the last that fit the height", () => {
    const screen = new Screen();
    screen.rows = 4;
    const render = () => ["gone", "1", "世".repeat(30), "x".repeat(99)];
    new LiveView({ output: screen, render }).draw();
    expect(screen.lines).toEqual(["1", "世".repeat(9), "x".repeat(19), ""]);
  });

  test("counts the rows of lines that wrapped when the terminal became narrower", () => {
    const screen = new Screen();
    const view = new LiveView({ output: screen, render: () => ["x".repeat(19)] });
    view.draw();
    screen.columns = 10;
    let sent = "";
    screen.write = (data) => {
      sent += String(data);
    };
    view.draw();
    expect(sent).toStartWith("\x1b[2A\r\x1b[J");
  });

  test("many updates make few redraws", async () => {
    const screen = new Screen();
    const { promise, resolve } = Promise.withResolvers<void>();
    let renders = 0;
    const render = () => {
      renders++;
      resolve();
      return ["x"];
    };
    const view = new LiveView({ output: screen, render, interval: 1 });
    const alive = setInterval(() => {}, 1000);
    for (let n = 0; n < 100; n++) view.update();
    expect(renders).toBe(0);
    await promise;
    clearInterval(alive);
    expect(renders).toBe(1);
    view.close();
  });
});

test("elsewhere only the log is written", () => {
  const screen = new Screen();
  screen.isTerminal = false;
  const view = new LiveView({ output: screen, render: () => ["busy"] });
  view.draw();
  view.update();
  view.log("line");
  view.close();
  expect(screen.lines).toEqual(["line", ""]);
  expect(screen.writes).toBe(1);
});
