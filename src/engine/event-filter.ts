import { fail } from "#errors";
import type { EventRow } from "#state";

type Test = (event: EventRow, wanted: readonly string[]) => boolean;

/**
 * Docker's rules by key: an object is meant by its ID, its name or the start of either, whatever
 * the event is about; all labels have to be there; of other keys one value is enough.
 */
const TESTS: Readonly<Record<string, Test>> = {
  type: ({ type }, wanted) => wanted.includes(type),
  event: ({ action }, wanted) => wanted.includes(action) || wanted.includes(verbOf(action)),
  scope: (_, wanted) => wanted.includes("local"),
  container: startsWithOneOf,
  volume: startsWithOneOf,
  network: startsWithOneOf,
  daemon: startsWithOneOf,
  image: isOfImage,
  label: hasLabels,
};

/** Whether an event is one of those asked for; fails with `invalid-argument` for an unknown key. */
export function eventFilter(
  filters: Readonly<Record<string, readonly string[]>>,
): (event: EventRow) => boolean {
  const tests = Object.entries(filters).map(([key, wanted]) => {
    const test = Object.hasOwn(TESTS, key) ? TESTS[key] : undefined;
    return { test: test ?? failUnknown(key), wanted };
  });
  return (event) => tests.every(({ test, wanted }) => wanted.length === 0 || test(event, wanted));
}

function failUnknown(key: string): never {
  const known = Object.keys(TESTS).join(", ");
  return fail("invalid-argument", `Invalid filter '${key}': there are ${known}`);
}

/** `exec_start` of `exec_start: sh -c true`. */
function verbOf(action: string): string {
  return action.split(":", 1)[0]!;
}

function startsWithOneOf({ actor, attributes }: EventRow, wanted: readonly string[]): boolean {
  const { name = "" } = attributes;
  return wanted.some((one) => actor.startsWith(one) || name.startsWith(one));
}

/** By the ID or the name, with or without its tag. */
function isOfImage({ type, actor, attributes }: EventRow, wanted: readonly string[]): boolean {
  const { name = "", image = "" } = attributes;
  return [actor, type === "image" ? name : image].some(
    (one) => wanted.includes(one) || wanted.includes(withoutTag(one)),
  );
}

function withoutTag(name: string): string {
  return name.replace(/(@.*|:[^/:]*)$/, "");
}

function hasLabels({ attributes }: EventRow, wanted: readonly string[]): boolean {
  return wanted.every((label) => {
    const [, key = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(label) ?? [];
    return Object.hasOwn(attributes, key) && (value === undefined || attributes[key] === value);
  });
}
