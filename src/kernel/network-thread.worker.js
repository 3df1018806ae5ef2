import { dlopen, ptr, read } from "bun:ffi";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";

// The other side of network-thread.ts, which also says what the numbers in `control` are.
const [ASKED, LENGTH] = [0, 1];
const CLONE_NEWNET = 0x40000000;
const MS_BIND = 4096;
const FUNCTIONS = {
  setns: { args: ["i32", "i32"], returns: "i32" },
  unshare: { args: ["i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  mount: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
};

function openLibc() {
  try {
    return dlopen("libc.so.6", FUNCTIONS).symbols;
  } catch {
    return dlopen("libc.so", FUNCTIONS).symbols;
  }
}

const libc = openLibc();

function checked(result) {
  if (result !== -1) return result;
  throw { errno: read.i32(libc.__errno_location(), 0) };
}

function cString(text) {
  return ptr(Buffer.from(`${text}\0`));
}

function enter(namespace) {
  const fd = openSync(namespace, "r");
  try {
    checked(libc.setns(fd, CLONE_NEWNET));
  } finally {
    closeSync(fd);
  }
}

function make(path) {
  checked(libc.unshare(CLONE_NEWNET));
  const own = cString("/proc/thread-self/ns/net");
  return checked(libc.mount(own, cString(path), null, MS_BIND, null));
}

function perform(request) {
  if (request.make !== undefined) return make(request.make);
  enter(request.namespace);
  if (request.socket !== undefined) return checked(libc.socket(...request.socket));
  if (request.read !== undefined) return readFileSync(request.read, "latin1");
  writeFileSync(request.write, request.value);
  return 0;
}

function answer(request) {
  try {
    return { result: perform(request) };
  } catch ({ errno }) {
    return { errno: Math.abs(errno) };
  }
}

self.onmessage = ({ data: { control, text } }) => {
  for (;;) {
    Atomics.wait(control, ASKED, 0);
    const request = JSON.parse(new TextDecoder().decode(text.slice(0, control[LENGTH])));
    const { written } = new TextEncoder().encodeInto(JSON.stringify(answer(request)), text);
    control[LENGTH] = written;
    Atomics.store(control, ASKED, 0);
    Atomics.notify(control, ASKED);
  }
};
