import { fail } from "#errors";
import { ADJECTIVES, SURNAMES } from "./words.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const SHORT_LENGTH = 12;

/** A new container ID: 64 hex digits whose first twelve are no number, so that they can be a host name. */
export function createId(): string {
  for (;;) {
    const id = crypto.getRandomValues(new Uint8Array(32)).toHex();
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
    const name = attempt < 5 ? words : `${words}${randomBelow(10 ** Math.min(attempt - 4, 9))}`;
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

/** Docker's words for a name that another container has. */
export function nameTaken({ id, name }: { readonly id: string; readonly name: string }): string {
  return (
    `Conflict. The container name "/${name}" is already in use by container "${id}". ` +
    "You have to remove (or rename) that container to be able to reuse that name."
  );
}

function pick(words: readonly string[]): string {
  return words[randomBelow(words.length)]!;
}

/** A whole number from 0 on; names need no more than ordinary chance. */
function randomBelow(end: number): number {
  return Math.floor(Math.random() * end);
}
