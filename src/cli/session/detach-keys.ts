import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "#bytes";

/**
 * The typed bytes, until somebody types `keys` in a row: then the stream ends and `onDetach` is
 * called. The first of them are held back until the next key shows what they were.
 */
export async function* untilDetached(
  typed: Bytes,
  keys: Uint8Array,
  onDetach: () => void,
): AsyncGenerator<Uint8Array> {
  let held = 0;
  for await (const chunk of typed) {
    const passed: number[] = [];
    for (const byte of chunk) {
      if (byte !== keys[held]) {
        passed.push(...keys.subarray(0, held));
        held = 0;
      }
      if (byte === keys[held]) held++;
      else passed.push(byte);
      if (held === keys.length) break;
    }
    if (passed.length > 0) yield Uint8Array.from(passed);
    if (held === keys.length) {
      onDetach();
      return;
    }
  }
  if (held > 0) yield keys.subarray(0, held);
}

/** `detachKeys` of the user's Docker configuration, where there is one. */
export function configuredKeys(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const directory = environment.DOCKER_CONFIG || join(environment.HOME ?? "/", ".docker");
  try {
    const { detachKeys } = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
    return typeof detachKeys === "string" ? detachKeys : undefined;
  } catch {
    return undefined;
  }
}
