import { ptr } from "bun:ffi";
import { fail } from "#errors";
import { addressOf, checked, cString, openLibc } from "./system-call.ts";

/**
 * Becomes another program, by execve(2): the terminal, the open streams and the pid stay.
 * `argv[0]` is its path.
 */
export function replaceProcess(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): never {
  const libc = openLibc({ execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" } });
  const texts = argv.map(cString);
  const variables = Object.entries(environment).map(([name, value]) => cString(`${name}=${value}`));
  const [path, args, env] = [addressOf(texts[0]), pointersTo(texts), pointersTo(variables)];
  checked(libc.execve(path, ptr(args), ptr(env)), () => `execute ${argv[0]}`);
  return fail("internal", `execute ${argv[0]} came back`);
}

/** The strings must outlive the call; a NULL ends the list. */
function pointersTo(texts: readonly Uint8Array[]): BigUint64Array {
  const pointers = new BigUint64Array(texts.length + 1);
  texts.forEach((text, index) => {
    pointers[index] = BigInt(ptr(text));
  });
  return pointers;
}
