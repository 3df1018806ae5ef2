import { fail } from "#errors";

export const LOCAL = "local";

/** Options by key, such as `type`, `device` and `o`. */
export type DriverOptions = Readonly<Record<string, string>>;

const KNOWN = ["type", "o", "device"];
/** What a file system cannot be mounted without. */
const REQUIRED = ["device", "type"];

/** Fails with `not-found` for a driver that is not `local`, with `invalid-argument` for its options. */
export function checkDriver(name: string, driver: string, options: DriverOptions): void {
  if (driver !== LOCAL)
    fail(
      "not-found",
      `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    );
  const unknown = Object.keys(options).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined)
    fail("invalid-argument", `create ${name}: invalid option: "${unknown}"`);
  const missing = isMounted(options) ? REQUIRED.find((key) => !options[key]) : undefined;
  if (missing !== undefined)
    fail("invalid-argument", `create ${name}: missing required option: "${missing}"`);
}

/** Whether a volume with these options is a file system of its own. */
export function isMounted(options: DriverOptions): boolean {
  return Object.keys(options).length > 0;
}

/** The arguments of mount(8) for them. */
export function mountArguments({ type = "", o = "", device = "" }: DriverOptions, target: string) {
  return [...["-t", type], ...(o === "" ? [] : ["-o", o]), "--", device, target];
}
