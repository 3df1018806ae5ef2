import { fail } from "#errors";

/** What is asked of a container makes no sense. */
export function failSetting(message: string): never {
  return fail("invalid-argument", message);
}
