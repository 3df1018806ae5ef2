import { posix } from "node:path";
import type { AddInstruction, CopyInstruction } from "#dockerfile";
import { fail } from "#errors";
import { type Digest, parseDigest } from "#oci";
import type { CopyOperation, CopySource } from "../plan.ts";
import { parseFileMode } from "./file-mode.ts";
import { remember } from "./image-draft.ts";
import { type Scope, workdirOf } from "./scope.ts";

const GIT_SOURCE = /^(?:git@|git:\/\/|ssh:\/\/)|^https?:\/\/.*\.git(?:#.*|\?.*)?$|^github\.com\//;
const URL_SOURCE = /^https?:\/\//;

/** Whether a source of ADD is fetched. */
export function isUrl(source: string): boolean {
  return URL_SOURCE.test(source);
}

/** What a COPY or ADD does in this scope; its variables are expanded already. */
export function copyOperation(
  scope: Scope,
  instruction: CopyInstruction | AddInstruction,
  from: CopySource,
): CopyOperation {
  const isAdd = instruction.kind === "add";
  const { chown, chmod } = instruction;
  if (chmod !== undefined) parseFileMode(chmod);
  checkSources(instruction);
  return {
    kind: "copy",
    instruction: isAdd ? "ADD" : "COPY",
    from,
    sources: instruction.sources,
    documents: instruction.inlineFiles.map(({ name, content }) => ({ name, text: content })),
    destination: resolveDestination(workdirOf(scope), instruction.destination),
    chown,
    chmod,
    checksum: isAdd ? checksumOf(instruction) : undefined,
    unpack: isAdd && instruction.unpack !== false,
    link: instruction.link,
    exclude: instruction.excludes,
  };
}

/** Adds the line of history of a COPY or ADD. */
export function rememberCopy(scope: Scope, instruction: CopyInstruction | AddInstruction): void {
  const { chown, chmod, sources, inlineFiles, destination } = instruction;
  const words = [
    instruction.kind.toUpperCase(),
    ...(chown === undefined ? [] : [`--chown=${chown}`]),
    ...(chmod === undefined ? [] : [`--chmod=${chmod}`]),
    ...sources,
    ...inlineFiles.map(({ name }) => `<<${name}`),
    destination,
  ];
  remember(scope.draft, `${words.join(" ")} # buildkit`, true);
}

/** Absolute, with a slash at the end where it must be a directory. */
export function resolveDestination(workdir: string, destination: string): string {
  const path = posix.resolve(workdir, destination);
  const isDirectory = /(?:^|\/)\.?$/.test(destination);
  return isDirectory && path !== "/" ? `${path}/` : path;
}

function checkSources({ kind, sources }: CopyInstruction | AddInstruction): void {
  const remote = sources.find((source) => URL_SOURCE.test(source) || GIT_SOURCE.test(source));
  if (remote === undefined) return;
  const isGit = GIT_SOURCE.test(remote);
  if (kind === "copy")
    fail("invalid-argument", `source can't be a ${isGit ? "git ref" : "URL"} for COPY`);
  if (isGit) fail("unsupported", `ADD of a git repository is not supported yet: ${remote}`);
}

function checksumOf({ checksum, sources }: AddInstruction): Digest | undefined {
  if (checksum === undefined) return undefined;
  if (sources.length !== 1)
    fail("invalid-argument", "checksum can't be specified for multiple sources");
  if (!URL_SOURCE.test(sources[0]!))
    fail("invalid-argument", "checksum requires HTTP(S) or Git sources");
  return parseDigest(checksum);
}
