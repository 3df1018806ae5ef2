import { booleanFilter, checkFilterKeys, type Filters, labelFilter } from "#filters";
import type { State, VolumeRow } from "#state";

const FILTERS = ["dangling", "driver", "label", "label!", "name"];

/** The volumes that satisfy all filters, by name. A name need only be found in the volume's. */
export function filterVolumes({ volumes }: State, filters: Filters): VolumeRow[] {
  checkFilterKeys(filters, FILTERS);
  const dangling = booleanFilter(filters, "dangling");
  const hasLabels = labelFilter(filters);
  const isMeant = ({ name, driver, labels }: VolumeRow) =>
    isAny(filters.name, (pattern) => name.includes(pattern) || matches(pattern, name)) &&
    isAny(filters.driver, (one) => one === driver) &&
    hasLabels(labels) &&
    (dangling === undefined || dangling === (volumes.users(name).length === 0));
  return volumes.list().filter(isMeant);
}

function isAny(values: readonly string[] = [], isMet: (value: string) => boolean): boolean {
  return values.length === 0 || values.some(isMet);
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return false;
  }
}
