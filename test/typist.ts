import { program, type Sandbox } from "./shale.ts";

/** Somebody at a terminal, who types when the program has asked. */
export interface Typist {
  /** Waits until what has come since the last time matches; gives it. */
  expect(pattern: RegExp): Promise<string>;
  /** Types a line. */
  type(line: string): void;
  readonly exited: Promise<number>;
}

/** Starts `shale` on a pseudo-terminal of its own. */
export function startOnTerminal({ root, work }: Sandbox, args: readonly string[]): Typist {
  let screen = "";
  let changed = Promise.withResolvers<void>();
  const data = (_: unknown, chunk: Uint8Array) => {
    screen += Buffer.from(chunk).toString();
    changed.resolve();
  };
  const child = Bun.spawn([program, ...args], {
    cwd: work,
    env: { ...process.env, SHALE_ROOT: root },
    terminal: { rows: 24, cols: 200, data },
  } as never) as unknown as Bun.Subprocess & { terminal: Bun.Terminal };
  return {
    async expect(pattern) {
      for (let found = pattern.exec(screen); ; found = pattern.exec(screen)) {
        if (found) {
          const seen = screen.slice(0, found.index + found[0].length);
          screen = screen.slice(seen.length);
          return seen;
        }
        changed = Promise.withResolvers();
        const ended = child.exited.then(() => true);
        if ((await Promise.race([changed.promise, ended])) && !pattern.test(screen))
          throw new Error(`the program ended, and ${pattern} is not in:\n${screen}`);
      }
    },
    type: (line) => void child.terminal.write(`${line}\r`),
    exited: child.exited,
  };
}
