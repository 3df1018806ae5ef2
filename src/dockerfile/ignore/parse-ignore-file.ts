import { withoutMark } from "../syntax/directives.ts";
import { trimSpace } from "../syntax/space.ts";
import { cleanPath } from "./clean-path.ts";

/**
 * The patterns of a `.dockerignore`: without comments and empty lines, each cleaned and relative
 * to the context (`/a/` is `a`); a `!` in front stays.
 */
export function parseIgnoreFile(text: string): string[] {
  return withoutMark(text)
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map(trimSpace)
    .filter((line) => line !== "")
    .map(normalized);
}

function normalized(line: string): string {
  const inverted = line.startsWith("!");
  const path = inverted ? trimSpace(line.slice(1)) : line;
  if (path === "") return "!";
  const cleaned = cleanPath(path);
  const relative = cleaned.length > 1 && cleaned.startsWith("/") ? cleaned.slice(1) : cleaned;
  return inverted ? `!${relative}` : relative;
}
