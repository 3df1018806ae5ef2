import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type Dockerfile, IgnoreMatcher, parseDockerfile, parseIgnoreFile } from "#dockerfile";
import { fail, messageOf } from "#errors";
import type { DockerfileSource } from "./build-service.ts";
import { type PathFilter, SourceTree } from "./context/source-tree.ts";

/** The Dockerfile of a build and where its ignore file would be. */
export interface LoadedDockerfile {
  readonly dockerfile: Dockerfile;
  /** Absolute; undefined for a text without a file. */
  readonly path: string | undefined;
}

const DEFAULT_NAME = "Dockerfile";

/**
 * Reads and parses the Dockerfile. A relative path is inside the context, and cannot lead out of
 * one that is `foreign`. Fails with `not-found` in BuildKit's words, and as the parser does.
 */
export function loadDockerfile(
  source: DockerfileSource | undefined,
  context: string | undefined,
  foreign = false,
): LoadedDockerfile {
  if (source !== undefined && "text" in source)
    return { dockerfile: parse(source.text, DEFAULT_NAME), path: undefined };
  const name = source?.path ?? DEFAULT_NAME;
  if (context === undefined && !isAbsolute(name))
    fail("invalid-argument", "there is no build context to read a Dockerfile from");
  const path = isAbsolute(name) ? name : pathInside(context!, name, foreign);
  const text = (path && readText(path)) ?? failMissing(name);
  return { dockerfile: parse(text, baseName(name)), path };
}

/**
 * What the ignore file says: the one called after the Dockerfile goes before the context's own
 * `.dockerignore`. Undefined when there is neither.
 */
export function loadIgnoreFile(
  context: string,
  dockerfile: string | undefined,
  foreign = false,
): PathFilter | undefined {
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    pathInside(context, ".dockerignore", foreign),
  ];
  for (const path of candidates) {
    const text = path && readText(path);
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

/** In a context from elsewhere links lead nowhere else, and there is no pipe to wait for. */
function pathInside(context: string, name: string, foreign: boolean): string | undefined {
  if (!foreign) return join(context, name);
  const tree = new SourceTree(context);
  const node = tree.follow(name);
  return node?.inode.type === "file" ? tree.locate(node.path) : undefined;
}

function parse(text: string, name: string): Dockerfile {
  if (text.trim() === "") fail("invalid-argument", `the Dockerfile cannot be empty: ${name}`);
  return parseDockerfile(text, { name });
}

function readText(path: string): string | undefined {
  try {
    return readRegularFile(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return fail("invalid-argument", `cannot read ${path}: ${code ?? messageOf(error)}`, error);
  }
}

/** Opening or reading a pipe or a device could wait for ever, and nothing could interrupt it. */
function readRegularFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile())
      fail("invalid-argument", "it is not a regular file: use -f - for a pipe");
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
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
