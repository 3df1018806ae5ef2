import { deviceRules } from "./default-spec.ts";
import type { ContainerDevice } from "./devices.ts";
import type { SpecResources } from "./runtime-spec.ts";
import type { SpecOptions } from "./spec-options.ts";

/** What the control group of a container allows. */
export function createResources(
  { privileged, resources = {}, deviceRules: added = [] }: SpecOptions,
  devices: readonly ContainerDevice[],
): SpecResources {
  const rules = privileged
    ? [{ allow: true, access: "rwm" }]
    : [...deviceRules(), ...devices.map(({ rule }) => rule), ...added];
  return { devices: rules, ...resources };
}
