import { realpathSync } from "node:fs";
import type { Bytes } from "#bytes";
import type { ContainerService, PathStat } from "#container";
import { fail, kindOf } from "#errors";
import { extractArchive } from "#layer";
import type { CommandContext } from "../context.ts";
import { CopiedSize } from "./copied-size.ts";
import type { CopyArgument } from "./copy-argument.ts";
import { splitPath } from "./copy-argument.ts";
import { findLocalTarget, openLocalSource } from "./local-files.ts";
import { type CopyTarget, placeCopy } from "./place-copy.ts";

/** Go's bits of PathStat.mode. */
const DIRECTORY = 2 ** 31;
const SYMLINK = 2 ** 27;
const DEVICE = 2 ** 26;

export interface CopyFlags {
  readonly archive: boolean;
  readonly followLink: boolean;
  readonly quiet: boolean;
}

type InContainer = Required<CopyArgument>;

/** A container's file or directory to here, or as a tar to standard output (`-`). */
export async function copyOut(
  context: CommandContext,
  from: InContainer,
  to: string,
  flags: CopyFlags,
): Promise<void> {
  const target = to === "-" ? undefined : findLocalTarget(context.directory, to);
  const containers = await (await context.engine()).containers();
  const signal = context.interruption();
  const path = flags.followLink ? await followed(containers, from) : from.path;
  const { stat, archive } = await containers.copyFrom(from.container, path, { signal });
  if (target === undefined) {
    for await (const chunk of archive) context.stdout.write(chunk);
    return;
  }
  const given = path === from.path ? stat.name : splitPath(from.path).name;
  const place = placeCopy({ name: given, isDirectory: is(stat, DIRECTORY) }, target);
  const size = new CopiedSize(context.stderr, "Copying from container");
  await extractArchive(size.count(archive), realpathSync(place.directory), {
    rename: { from: stat.name, to: place.name },
    keepKinds: true,
    ...(!flags.archive && { owner: { uid: process.geteuid!(), gid: process.getegid!() } }),
    signal,
  });
  if (!flags.quiet) size.finish(target.path);
}

/** A file or directory of here, or a tar from standard input (`-`), into a container. */
export async function copyIn(
  context: CommandContext,
  from: string,
  to: InContainer,
  flags: CopyFlags,
): Promise<void> {
  const containers = await (await context.engine()).containers();
  const signal = context.interruption();
  const target = await findTarget(containers, to);
  const size = new CopiedSize(context.stderr, "Copying to container");
  const { directory, archive } =
    from === "-"
      ? { directory: directoryOf(target, to), archive: await context.stdin.bytes(signal) }
      : packLocal(context, from, target, { ...flags, signal });
  await containers.copyTo(to.container, directory, size.count(archive), {
    copyUidGid: flags.archive,
    noOverwriteDirNonDir: true,
    signal,
  });
  if (!flags.quiet) size.finish(`${to.container}:${target.path}`);
}

function packLocal(
  { directory: here }: CommandContext,
  from: string,
  target: CopyTarget,
  { followLink, signal }: CopyFlags & { signal: AbortSignal },
): { directory: string; archive: Bytes } {
  const source = openLocalSource(here, from, followLink);
  const { directory, name } = placeCopy(source, target);
  return { directory, archive: source.pack(name, signal) };
}

function directoryOf({ path, isDirectory }: CopyTarget, to: InContainer): string {
  if (!isDirectory)
    fail("invalid-argument", `destination "${to.container}:${to.path}" must be a directory`);
  return path;
}

/** Where a symlink leads; any other path as it is. */
async function followed(containers: ContainerService, { container, path }: InContainer) {
  const stat = await containers.statPath(container, path);
  return is(stat, SYMLINK) ? stat.linkTarget : path;
}

/** That there is nothing, or no way to it, shows when the copy is unpacked. */
async function findTarget(containers: ContainerService, to: InContainer): Promise<CopyTarget> {
  const { container, path } = to;
  const stat = await statOrUndefined(containers, container, path);
  if (stat === undefined) return { path, exists: false, isDirectory: false };
  const isLink = is(stat, SYMLINK);
  const real = isLink ? stat.linkTarget : path;
  const found = isLink ? await statOrUndefined(containers, container, real) : stat;
  if (found && is(found, DEVICE)) {
    const what = `destination "${container}:${path}" must be a directory or a regular file`;
    fail("invalid-argument", `${what}: got a device`);
  }
  return {
    path: real,
    exists: found !== undefined,
    isDirectory: found !== undefined && is(found, DIRECTORY),
  };
}

async function statOrUndefined(containers: ContainerService, container: string, path: string) {
  if (path === "") return undefined;
  try {
    return await containers.statPath(container, path);
  } catch (error) {
    const isAbsent = kindOf(error) === "invalid-argument" || isMissingFile(error);
    if (isAbsent) return undefined;
    throw error;
  }
}

function isMissingFile(error: unknown): boolean {
  return kindOf(error) === "not-found" && String(error).includes("Could not find the file");
}

/** Bits beyond the 31st are out of reach of `&`. */
function is({ mode }: PathStat, bit: number): boolean {
  return Math.floor(mode / bit) % 2 === 1;
}
