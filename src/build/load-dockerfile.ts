import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type Dockerfile, IgnoreMatcher, parseDockerfile, parseIgnoreFile } from "#dockerfile";
import { fail } from "#errors";
import type { DockerfileSource } from "./build-service.ts";
import type { PathFilter } from "./context/source-tree.ts";

/** The Dockerfile of a build and where its ignore file would be. */
export interface LoadedDockerfile {
  readonly dockerfile: Dockerfile;
  /** Absolute; undefined for a text without a file. */
  readonly path: string | undefined;
}

const DEFAULT_NAME = "Dockerfile";

/**
 * Reads and parses the Dockerfile. A relative path is inside the context. Fails with `not-found`
 * in BuildKit's words, and as the parser does.
 */
export function loadDockerfile(
  source: DockerfileSource | undefined,
  context: string | undefined,
): LoadedDockerfile {
  if (source !== undefined && "text" in source)
    return { dockerfile: parse(source.text, DEFAULT_NAME), path: undefined };
  const name = source?.path ?? DEFAULT_NAME;
  if (context === undefined && !isAbsolute(name))
    fail("invalid-argument", "there is no build context to read a Dockerfile from");
  const path = isAbsolute(name) ? name : join(context!, name);
  const text = readText(path) ?? failMissing(name);
  return { dockerfile: parse(text, baseName(name)), path };
}

/**
 * What the ignore file says: the one called after the Dockerfile goes before the context's own
 * `.dockerignore`. Undefined when there is neither.
 */
export function loadIgnoreFile(
  context: string,
  dockerfile: string | undefined,
): PathFilter | undefined {
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    join(context, ".dockerignore"),
  ];
  for (const path of candidates) {
    const text = readText(path);
    if (text !== undefined) return ignoreFilter(parseIgnoreFile(text));
  }
  return undefined;
}

/** A filter that leaves out what patterns of an ignore file match. */
export function ignoreFilter(patterns: readonly string[]): PathFilter | undefined {
  const matcher = new IgnoreMatcher(patterns);
  if (matcher.patterns.length === 0) return undefined;
  return {
    verdict(path, isDirectory) {
      const state = matcher.state(path);
      if (!state.ignored) return "kept";
      return isDirectory && !matcher.canPrune(path, state) ? "partly" : "left-out";
    },
  };
}

function parse(text: string, name: string): Dockerfile {
  if (text.trim() === "") fail("invalid-argument", `the Dockerfile cannot be empty: ${name}`);
  return parseDockerfile(text, { name });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return fail("invalid-argument", `cannot read ${path}: ${code ?? error}`, error);
  }
}

function failMissing(name: string): never {
  return fail(
    "not-found",
    `failed to read dockerfile: open ${name}: no such file or directory: give its path with -f`,
  );
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
