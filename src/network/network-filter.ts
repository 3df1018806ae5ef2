import { fail } from "#errors";
import { booleanFilter, type Filters, labelFilter, parseTimestamp } from "#filters";
import type { NetworkDefinition } from "./definition.ts";
import type { NetworkDocument } from "./network-service.ts";

export const LIST_FILTERS = ["dangling", "driver", "id", "label", "name", "scope", "type"];
export const PRUNE_FILTERS = ["label", "label!", "until"];

interface Described {
  readonly network: NetworkDefinition;
  readonly document: NetworkDocument;
}

/** Docker's rules: of several values of a key one is enough; names and IDs may be parts. */
export function networkFilter(filters: Filters): (one: Described) => boolean {
  const hasLabels = labelFilter(filters);
  const dangling = booleanFilter(filters, "dangling");
  const types = (filters.type ?? []).map(checkType);
  const some = (key: string, test: (value: string) => boolean) =>
    filters[key] === undefined || filters[key].some(test);
  return ({ network: { id, name, driver, builtin, labels }, document }) =>
    some("driver", (value) => value === driver) &&
    some("id", (value) => id.startsWith(value)) &&
    some("name", (value) => name.includes(value)) &&
    some("scope", (value) => value === document.Scope) &&
    (types.length === 0 || types.includes(builtin ? "builtin" : "custom")) &&
    (dangling === undefined || dangling === (!builtin && isIdle(document))) &&
    hasLabels(labels);
}

export function pruneFilter(filters: Filters): (network: NetworkDefinition) => boolean {
  const now = Date.now();
  const until = Math.min(...(filters.until ?? []).map((text) => parseTimestamp(text, now)));
  const hasLabels = labelFilter(filters);
  return ({ created, labels }) => created < until && hasLabels(labels);
}

function isIdle({ Containers }: NetworkDocument): boolean {
  return Object.keys(Containers as object).length === 0;
}

function checkType(value: string): string {
  if (value === "custom" || value === "builtin") return value;
  return fail("invalid-argument", `invalid filter: 'type'='${value}'`);
}
