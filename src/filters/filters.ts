import { fail } from "#errors";

/** Filters as Docker's API has them: values by key, such as `{ dangling: ["true"] }`. */
export type Filters = Readonly<Record<string, readonly string[]>>;

/** Docker's words for a filter key that a command does not have. */
export function checkFilterKeys(filters: Filters, known: readonly string[]): void {
  const unknown = Object.keys(filters).find((key) => !known.includes(key));
  if (unknown !== undefined)
    fail("invalid-argument", `invalid filter '${unknown}': there are ${known.join(", ")}`);
}

/** The truth value that a filter such as `dangling` was given, if it was. */
export function booleanFilter(filters: Filters, key: string): boolean | undefined {
  const values = new Set(filters[key]?.map((value) => parseBoolean(key, value)));
  if (values.size > 1)
    fail("invalid-argument", `invalid filter '${key}': it cannot be both true and false`);
  return [...values][0];
}

/** Whether labels satisfy `label=key`, `label=key=value` (all of them) and none of `label!`. */
export function labelFilter(
  filters: Filters,
): (labels: Readonly<Record<string, string>>) => boolean {
  const wanted = (filters.label ?? []).map(parseLabel);
  const unwanted = (filters["label!"] ?? []).map(parseLabel);
  return (labels) =>
    wanted.every((label) => label.isIn(labels)) && !unwanted.some((label) => label.isIn(labels));
}

function parseBoolean(key: string, value: string): boolean {
  if (["1", "true"].includes(value)) return true;
  if (["0", "false"].includes(value)) return false;
  return fail("invalid-argument", `invalid filter '${key}=[${value}]': give true or false`);
}

function parseLabel(text: string) {
  const at = text.indexOf("=");
  const key = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? undefined : text.slice(at + 1);
  return {
    isIn: (labels: Readonly<Record<string, string>>) =>
      Object.hasOwn(labels, key) && (value === undefined || labels[key] === value),
  };
}
