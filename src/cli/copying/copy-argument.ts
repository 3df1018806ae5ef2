import { resolve } from "node:path";
import { basename, dirname } from "node:path/posix";

/** An argument of `cp`: a path here, or in a container. */
export interface CopyArgument {
  readonly container?: string;
  readonly path: string;
}

/** `CONTAINER:PATH`; what starts with `/` or `.` is a path here, whatever colons it has. */
export function parseCopyArgument(text: string): CopyArgument {
  const colon = text.indexOf(":");
  if (text.startsWith("/") || text.startsWith(".") || colon < 0) return { path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** Absolute and clean, but with the slash or `/.` that it ends in. */
export function absolutePath(directory: string, path: string): string {
  const clean = resolve(directory, path);
  if (/(?:^|\/)\.$/.test(path)) return `${clean.replace(/\/$/, "")}/.`;
  return path.endsWith("/") && clean !== "/" ? `${clean}/` : clean;
}

/** Whether the way a path is written says that a directory is meant. */
export function asksDirectory(path: string): boolean {
  return path === "" || /(?:\/|^\.|\/\.)$/.test(path);
}

/** The directory that a path is in, and its last part: `.` behind `/.`. */
export function splitPath(path: string): { directory: string; name: string } {
  if (path.endsWith("/.")) return { directory: path.slice(0, -2) || "/", name: "." };
  return { directory: dirname(path), name: basename(path) || "." };
}
