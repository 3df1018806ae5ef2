/** What kind of command line it is, as far as its words tell. */
export type CommandKind =
  | "look"
  | "interactive"
  | "directory"
  | "variables"
  | "definition"
  | "end"
  | "plain";

/** Programs that only show something. */
const LOOKING =
  /^(?::|cat|clear|date|df|dir|du|echo|env|file|find|free|grep|head|help|history|hostname|id|jobs|ls|printenv|ps|pwd|sleep|sort|stat|tail|test|true|type|uname|uptime|wc|whereis|which|whoami)$/;
/** Programs that do so with these words. */
const LOOKING_WORDS =
  /^(?:dpkg(?:-query)?\s+-[lLsSW]|apt(?:-cache)?\s+(?:list|show|search|policy)|apk\s+(?:info|list|search)|pip3?\s+(?:list|show|freeze)|git\s+(?:status|log|diff|show))\b|^[\w./-]+\s+--(?:version|help)$/;
/** Of `find`, `sort` and `hostname`: what makes them do more. */
const DOING =
  /^(?:find\b.*\s-(?:delete|exec|ok|fprint|fls)|sort\b.*\s(?:-o|--output)|hostname\s+\w)/;
/** Programs that need somebody who types. */
const INTERACTIVE =
  /^(?:bash|sh|ash|dash|zsh|su|vi|vim|nano|emacs|less|more|man|top|htop|watch|ssh)$/;
/** What makes a line do more than its words say. */
const HIDDEN = /[<>`\n]|\$\(/;
const JOINT = /\|\|?|&&?|;/;

export function kindOfCommand(command: string): CommandKind {
  if (command === "" || command.startsWith("#")) return "look";
  if (/^(?:exit|logout)(?:\s+\d+)?$/.test(command)) return "end";
  if (definitionOf(command)) return "definition";
  const bare = withoutQuoted(command);
  const [program = "", ...words] = bare.split(/\s+/);
  if (program === "export" && !/[;&|<>\n]/.test(bare)) return "variables";
  if (HIDDEN.test(bare)) return "plain";
  if (JOINT.test(bare)) return bare.split(JOINT).every(onlyLooks) ? "look" : "plain";
  if (["cd", "pushd", "popd"].includes(program)) return "directory";
  if (program === "unset") return "variables";
  if (isInteractive(program, words)) return "interactive";
  return onlyLooks(bare) ? "look" : "plain";
}

/** Quoted text without expansions means nothing, and what goes to /dev/null neither. */
function withoutQuoted(command: string): string {
  return command
    .replace(/'[^']*'|"(?:[^"\\$`]|\\.)*"/g, '""')
    .replace(/[12&]?>\s*\/dev\/null\b|2>&1/g, "");
}

function onlyLooks(text: string): boolean {
  const command = text.trim();
  if (DOING.test(command)) return false;
  return LOOKING.test(command.split(/\s+/, 1)[0] ?? "") || LOOKING_WORDS.test(command);
}

/** A shell with a script or `-c` runs by itself. */
function isInteractive(program: string, words: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (/^(?:ba|da|a|z)?sh$/.test(name)) return words.every((word) => /^-(?!c$)/.test(word));
  if (name === "su") return !words.includes("-c");
  return INTERACTIVE.test(name);
}

/** What a line sets in the shell alone, which a later RUN, in a shell of its own, has not. */
export interface Definition {
  readonly command: string;
  /** Of what it defines; undefined when it bears upon everything. */
  readonly names?: readonly string[];
}

const VALUE = /(?:"[^"]*"|'[^']*'|\$\([^)]*\)|\\.|[^\s"'\\;&|<>`()])*/.source;
const ASSIGNMENTS = new RegExp(`^(?:[A-Za-z_]\\w*\\+?=${VALUE}\\s*)+$`);
const DECLARATION = new RegExp(
  `^(?:declare|typeset|readonly)\\s+(?:-[^\\sx]+\\s+)*([A-Za-z_]\\w*)(?:=(?:${VALUE}|\\([^)]*\\)))?$`,
);
const FUNCTION = /^(?:function\s+([\w-]+)|([A-Za-z_][\w-]*)\s*\(\s*\))[\s{(]/;

export function definitionOf(command: string): Definition | undefined {
  if (/^(?:umask|set|shopt|source|\.)\s+[^;&|<>\n]+$/.test(command)) return { command };
  if (ASSIGNMENTS.test(command)) return { command, names: assignedIn(command) };
  const found = DECLARATION.exec(command) ?? FUNCTION.exec(command);
  const name = found?.[1] ?? found?.[2];
  return name === undefined ? undefined : { command, names: [name] };
}

function assignedIn(command: string): string[] {
  const unquoted = command.replace(/"[^"]*"|'[^']*'|\$\([^)]*\)/g, "");
  return [...unquoted.matchAll(/(?:^|\s)([A-Za-z_]\w*)\+?=/g)].map(([, name = ""]) => name);
}

/** The command with those lines before it that it needs, one by another. */
export function withDefinitions(command: string, definitions: readonly Definition[]): string {
  return definitions.reduceRight((text, definition) => {
    const isNeeded = definition.names?.some((name) => mentions(text, name)) ?? true;
    return isNeeded ? `${definition.command}\n${text}` : text;
  }, command);
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`).test(text);
}
