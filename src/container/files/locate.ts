import { fail, kindOf } from "#errors";
import { type ConfinedDirectory, type Inode, type OpenDirectory, statAt, statFd } from "#kernel";
import type { Container } from "../record.ts";
import { isKernels } from "./container-root.ts";

/** A name in a directory of a container, or the directory itself, whose name is `.` then. */
export interface Located {
  readonly parent: OpenDirectory;
  readonly name: string;
  readonly inode: Inode;
  /** What an archive of it calls it: the last part of the path as given. */
  readonly as: string;
}

/**
 * What is at a path of a container. Symlinks on the way are followed inside; one at the end is
 * found itself, unless a slash or `/.` behind it asks for the directory. Fails with `not-found`
 * in Docker's words, also for what the kernel makes up (/proc, /sys).
 */
export function locate(root: ConfinedDirectory, container: Container, path: string): Located {
  const whole = cleanPath(path);
  const asksDirectory = /(?:^|\/)\.?$/.test(whole);
  const cut = whole.lastIndexOf("/");
  const name = asksDirectory ? "." : whole.slice(cut + 1);
  const parent = directoryAt(root, container, path, asksDirectory ? whole : whole.slice(0, cut));
  const inode = asksDirectory ? statFd(parent.fd) : statAt(parent.fd, name);
  if (inode === undefined || isKernels(parent.fd)) failMissing(path, container);
  return { parent, name, inode, as: nameOf(whole) };
}

function nameOf(path: string): string {
  const [name = ""] = /[^/]+(?=\/?$)/.exec(path) ?? [];
  return name || ".";
}

/** The directory that a path leads to inside, a symlink at its end followed as well. */
export function locateDirectory(
  root: ConfinedDirectory,
  container: Container,
  path: string,
): OpenDirectory {
  const directory = directoryAt(root, container, path, cleanPath(path));
  if (isKernels(directory.fd)) failMissing(path, container);
  return directory;
}

/** Absolute, without `..` and the like, but with the slash or `/.` that it ends in. */
function cleanPath(path: string): string {
  if (path === "") fail("invalid-argument", "the path in the container cannot be empty");
  const end = /(?:^|\/)\.$/.test(path) ? "/." : path.endsWith("/") ? "/" : "";
  const clean = withoutDots(path);
  return clean === "" ? `/${end.slice(1)}` : clean + end;
}

/** The parts behind a slash each; `..` goes up in the text, and never above the root. */
export function withoutDots(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/"))
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  // The path functions of the runtime do not keep bytes that are not UTF-8.
  return parts.map((part) => `/${part}`).join("");
}

function directoryAt(
  root: ConfinedDirectory,
  container: Container,
  given: string,
  path: string,
): OpenDirectory {
  const isOther = (parent: OpenDirectory, name: string) => {
    if (statAt(parent.fd, name)) fail("invalid-argument", `${given}: ${name} is not a directory`);
    return false;
  };
  try {
    return root.directory(path, isOther);
  } catch (error) {
    if (kindOf(error) === "failed-precondition") failMissing(given, container);
    throw error;
  }
}

function failMissing(path: string, { name }: Container): never {
  return fail("not-found", `Could not find the file ${path} in container ${name}`);
}
