import { randomBytes, randomInt } from "node:crypto";
import { fail } from "#errors";
import { ADJECTIVES, SURNAMES } from "./words.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const SHORT_LENGTH = 12;

/** A new container ID: 64 hex digits whose first twelve are no number, so that they can be a host name. */
export function createId(): string {
  for (;;) {
    const id = randomBytes(32).toString("hex");
    if (!/^\d+$/.test(shortId(id))) return id;
  }
}

/** The twelve hex digits people see. */
export function shortId(id: string): string {
  return id.slice(0, SHORT_LENGTH);
}

/** A name nobody has yet: `curious_noether`, with a number once words alone keep colliding. */
export function generateName(isTaken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const words = `${pick(ADJECTIVES)}_${pick(SURNAMES)}`;
    const name = attempt < 5 ? words : `${words}${randomInt(10 ** Math.min(attempt - 4, 9))}`;
    if (!isTaken(name)) return name;
  }
}

/** The name as given, with one leading slash taken off; fails with `invalid-argument` like Docker. */
export function checkName(name: string): string {
  const bare = name.replace(/^\//, "");
  if (!NAME.test(bare)) {
    fail(
      "invalid-argument",
      `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
  return bare;
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)]!;
}
