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

export interface Installation {
  /** The command as it runs without anybody who could be asked. */
  readonly command: string;
  /** Those that it names; none when it removes. */
  readonly packages: readonly string[];
}

/** A command that starts with the installation of packages. */
export function installationOf(command: string): Installation | undefined {
  const [first = "", ...rest] = command.split(/(?=\s*(?:&&|\|\||;|\||\n))/);
  for (const { words, yes } of MANAGERS) {
    const found = words.exec(first);
    if (!found) continue;
    const [{ length }, program = "", verb = ""] = found;
    const silent =
      yes === "" || SILENT.test(first) ? first : `${program} ${yes}${first.slice(program.length)}`;
    const named = /^(?:install|in|add|-S)/.test(verb) ? first.slice(length) : "";
    const packages = named.split(/\s+/).filter((word) => /^[^-<>]/.test(word));
    return { command: [silent, ...rest].join(""), packages };
  }
  return undefined;
}

/** Whether it only brings apt's lists of packages up to date. */
export function isUpdate(command: string): boolean {
  return UPDATE.test(command);
}

/** Whether it installs what apt's lists have. */
export function needsUpdate(command: string): boolean {
  return FROM_LISTS.test(command);
}

/** The packages among changes, by the list of files that dpkg keeps of each. */
export function packagesIn(changes: readonly FileChange[]): string[] {
  const list = /^\/var\/lib\/dpkg\/info\/([^/:]+)(?::[^/]*)?\.list$/;
  return changes.flatMap(({ kind, path }) =>
    kind === "added" ? (list.exec(path)?.slice(1, 2) ?? []) : [],
  );
}
