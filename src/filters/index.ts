export { booleanFilter, checkFilterKeys, type Filters, labelFilter } from "./filters.ts";
export { parseDuration, parseTimestamp } from "./timestamp.ts";
