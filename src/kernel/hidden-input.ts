import { ptr } from "bun:ffi";
import { checked, lazyLibc } from "./system-call.ts";

/** Changes the mode after what was written has gone out, and forgets what was typed before. */
const TCSAFLUSH = 2;
/** More than any libc's struct termios. */
const TERMIOS_SIZE = 128;
/** Which of the 32-bit words in struct termios is c_lflag. */
const LOCAL_MODES = 3;
const ECHO = 0o10;

const libc = lazyLibc({
  tcgetattr: { args: ["i32", "ptr"], returns: "i32" },
  tcsetattr: { args: ["i32", "i32", "ptr"], returns: "i32" },
});

/** Stops a terminal from showing what is typed; disposing restores what it was. */
export function hideInput(fd: number): Disposable {
  const before = new Uint8Array(TERMIOS_SIZE);
  checked(libc().tcgetattr(fd, ptr(before)), () => `read the mode of terminal ${fd}`);
  const hidden = before.slice();
  new Uint32Array(hidden.buffer)[LOCAL_MODES]! &= ~ECHO;
  checked(libc().tcsetattr(fd, TCSAFLUSH, ptr(hidden)), () => `set the mode of terminal ${fd}`);
  return { [Symbol.dispose]: () => void libc().tcsetattr(fd, TCSAFLUSH, ptr(before)) };
}
