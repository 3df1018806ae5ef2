import type { Sandbox } from "./sandbox.ts";

const PATIENCE_MS = 10_000;

/** A program of ours under a pseudo-terminal, as somebody sits in front of it. */
export class Seat {
  text = "";
  readonly #child: Bun.Subprocess;

  constructor(box: Pick<Sandbox, "spawn">, args: readonly string[], rows = 24, cols = 80) {
    const data = (_: unknown, chunk: Uint8Array) => {
      this.text += Buffer.from(chunk).toString();
    };
    this.#child = box.spawn(args, { terminal: { rows, cols, data } });
  }

  /** Types, and waits until something of this shows after what was there. */
  async type(keys: string, shown: string | RegExp, patience = PATIENCE_MS): Promise<void> {
    const before = this.text.length;
    this.#child.terminal!.write(keys);
    await this.shows(shown, before, patience);
  }

  async shows(shown: string | RegExp, after = 0, patience = PATIENCE_MS): Promise<void> {
    const pattern = typeof shown === "string" ? new RegExp(RegExp.escape(shown)) : shown;
    for (let waited = 0; !pattern.test(this.text.slice(after)); waited += 5) {
      if (waited > patience) throw new Error(`no ${pattern} in ${JSON.stringify(this.text)}`);
      await Bun.sleep(5);
    }
  }

  resize(rows: number, cols: number): void {
    this.#child.terminal!.resize(cols, rows);
    // The kernel tells those in front of the terminal; a test's child is not its owner.
    this.#child.kill("SIGWINCH");
  }

  async leave(keys: string): Promise<number> {
    this.#child.terminal!.write(keys);
    return await this.#child.exited;
  }

  /** The window is closed: the terminal goes, and those in front of it are told. */
  async close(): Promise<number> {
    this.#child.terminal!.close();
    this.#child.kill("SIGHUP");
    return await this.#child.exited;
  }

  /** Nothing of it has a say in this. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}
