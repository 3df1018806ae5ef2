import type { FileChange } from "#container";

/** What may stand before a program: variables of its own, and sudo. */
const BEFORE = /(?:\w+=\S*\s+)*(?:sudo\s+)?/.source;
const OPTIONS = /\s+(?:-\S+\s+)*/.source;

/** Package managers: what installs or removes, and the option by which they do not ask. */
const MANAGERS = [
  {
    words: pattern("apt-get|apt|dnf|yum|microdnf", "install|upgrade|dist-upgrade|remove|purge"),
    yes: "-y",
  },
  { words: pattern("zypper", "install|in"), yes: "-n" },
  { words: pattern("pacman", "-Sy?u?"), yes: "--noconfirm" },
  { words: pattern("apk", "add"), yes: "" },
  { words: pattern("pip3?|npm|gem", "install"), yes: "" },
];
const SILENT = /\s(?:-[a-zA-Z]*y[a-zA-Z]*|--yes|--assume-yes|--assumeyes|-n|--noconfirm)(?=\s|$)/;
const UPDATE = new RegExp(`^${BEFORE}(?:apt-get|apt)${OPTIONS}update(?:\\s+-\\S+)*$`);
const FROM_LISTS = new RegExp(
  `^${BEFORE}(?:apt-get|apt)${OPTIONS}(?:install|upgrade|dist-upgrade)\\b`,
);

function pattern(programs: string, verbs: string): RegExp {
  return new RegExp(`^(${BEFORE}(?:${programs}))${OPTIONS}(${verbs})(?=\\s|$)`);
}

/** What ends a command within a line. */
const JOINT = /(\s*(?:&&|\|\|?|;|\n)\s*)/;

export interface Installation {
  /** The line as it runs without anybody who could be asked. */
  readonly command: string;
  /** Those that it names to be installed. */
  readonly packages: readonly string[];
}

/** A line with commands of package managers in it. */
export function installationOf(line: string): Installation | undefined {
  const parts = line.split(JOINT).map((part) => installationIn(part) ?? part);
  const found = parts.filter((part) => typeof part !== "string");
  if (found.length === 0) return undefined;
  return {
    command: parts.map((part) => (typeof part === "string" ? part : part.command)).join(""),
    packages: found.flatMap(({ packages }) => packages),
  };
}

function installationIn(command: string): Installation | undefined {
  for (const { words, yes } of MANAGERS) {
    const found = words.exec(command);
    if (!found) continue;
    const [{ length }, program = "", verb = ""] = found;
    const asks = yes !== "" && !SILENT.test(command);
    const named = /^(?:install|in|add|-S)/.test(verb) ? command.slice(length) : "";
    return {
      command: asks ? `${program} ${yes}${command.slice(program.length)}` : command,
      packages: named.split(/\s+/).filter((word) => /^[^-<>]/.test(word)),
    };
  }
  return undefined;
}

/** Whether it only brings apt's lists of packages up to date. */
export function isUpdate(command: string): boolean {
  return UPDATE.test(command);
}

/** Whether it takes from those lists, and does not bring them up to date itself. */
export function needsUpdate(line: string): boolean {
  const parts = line.split(JOINT);
  return parts.some((part) => FROM_LISTS.test(part)) && !parts.some(isUpdate);
}

/** The packages among changes, by the list of files that dpkg keeps of each. */
export function packagesIn(changes: readonly FileChange[]): string[] {
  const list = /^\/var\/lib\/dpkg\/info\/([^/:]+)(?::[^/]*)?\.list$/;
  return changes.flatMap(({ kind, path }) =>
    kind === "added" ? (list.exec(path)?.slice(1, 2) ?? []) : [],
  );
}
