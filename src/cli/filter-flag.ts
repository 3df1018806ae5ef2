import { fail } from "#errors";

/** Values by key, as the services take them. */
export type FilterValues = Readonly<Record<string, readonly string[]>>;

/** `--filter key=value`, which may be repeated. */
export const filterFlag = {
  type: "custom",
  help: "Filter output based on conditions provided",
  value: "filter",
  parse: addFilter,
} as const;

/** `--filter` of commands that remove things. */
export const pruneFilterFlag = {
  ...filterFlag,
  help: 'Provide filter values (e.g. "until=24h")',
} as const;

function addFilter(text: string, filters: FilterValues = {}): FilterValues {
  if (text === "") return filters;
  const at = text.indexOf("=");
  if (at < 0) fail("invalid-argument", "bad format of filter (expected name=value)");
  const key = text.slice(0, at).trim().toLowerCase();
  return { ...filters, [key]: [...(filters[key] ?? []), text.slice(at + 1).trim()] };
}
