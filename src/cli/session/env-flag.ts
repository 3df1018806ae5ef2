import { fail } from "#errors";

/** `-e NAME[=VALUE]` of `run`, `create` and `exec`. */
export const envFlag = {
  type: "list",
  short: "e",
  help: "Set environment variables",
  check: (text: string): void => {
    if (/^(=|$)/.test(text)) fail("invalid-argument", `invalid environment variable: ${text}`);
  },
} as const;
