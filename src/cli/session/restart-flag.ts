import type { RestartPolicy } from "#container";
import { fail } from "#errors";

/** `NAME[:COUNT]`; whether there is such a policy is for the engine to say. */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [name = "", count] = text.split(/:(.*)/s);
  if (name === "" && count !== undefined)
    fail("invalid-argument", "invalid restart policy format: no policy provided before colon");
  if (count !== undefined && !/^-?\d+$/.test(count))
    fail(
      "invalid-argument",
      "invalid restart policy format: maximum retry count must be an integer",
    );
  const Name = name as RestartPolicy["Name"];
  return { Name, MaximumRetryCount: Number(count ?? 0) };
}
