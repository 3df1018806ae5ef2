import { ptr } from "bun:ffi";
import { checked, lazyLibc } from "./system-call.ts";

/** Size of a terminal in character cells. */
export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

const TIOCGWINSZ = 0x5413;
const TCSADRAIN = 1;
/** More than any libc's struct termios. */
const TERMIOS_SIZE = 128;

const terminalCalls = lazyLibc({
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
  tcgetattr: { args: ["i32", "ptr"], returns: "i32" },
  tcsetattr: { args: ["i32", "i32", "ptr"], returns: "i32" },
  cfmakeraw: { args: ["ptr"], returns: "void" },
});

/** Whether a file descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  return process.getBuiltinModule("node:tty").isatty(fd);
}

/** The size of the terminal behind a file descriptor; undefined when it is none. */
export function windowSize(fd: number): WindowSize | undefined {
  const size = new Uint16Array(4);
  if (terminalCalls().ioctl(fd, TIOCGWINSZ, ptr(size)) !== 0) return undefined;
  return { rows: size[0]!, columns: size[1]! };
}

/** Calls back after every change of the terminal's size, until disposed. */
export function onWindowChange(listener: () => void): Disposable {
  process.on("SIGWINCH", listener);
  return { [Symbol.dispose]: () => void process.off("SIGWINCH", listener) };
}

/** Puts the terminal into raw mode; disposing restores what it was. */
export function enterRawMode(fd: number): Disposable {
  const libc = terminalCalls();
  const before = new Uint8Array(TERMIOS_SIZE);
  checked(libc.tcgetattr(fd, ptr(before)), () => `read the mode of terminal ${fd}`);
  const raw = before.slice();
  libc.cfmakeraw(ptr(raw));
  checked(libc.tcsetattr(fd, TCSADRAIN, ptr(raw)), () => `set the mode of terminal ${fd}`);
  return { [Symbol.dispose]: () => void libc.tcsetattr(fd, TCSADRAIN, ptr(before)) };
}
