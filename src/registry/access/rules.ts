import { fail } from "#errors";
import type { Access } from "./authorizer.ts";

/** Who may do what with which repositories. */
export interface Rules {
  /** Whether anybody may do something without signing in. */
  readonly allowAnonymous: boolean;
  /** @param user undefined: somebody who has not signed in */
  allows(user: string | undefined, access: Access): boolean;
}

interface Rule {
  readonly who: readonly string[];
  readonly actions: ReadonlySet<string>;
  readonly patterns: readonly string[];
}

const ACTIONS: readonly string[] = ["pull", "push", "delete", "catalog"];
const EVERYONE = "@everyone";
const USERS = "@users";
const PATTERN = /^(?:\*\*|(?:[a-z0-9._*-]|\{user\})+)(?:\/(?:\*\*|(?:[a-z0-9._*-]|\{user\})+))*$/;
/** A user's name that can stand in a repository's, and means nothing in a pattern. */
const PLAIN_NAME = /^[a-z0-9._-]+$/;

/**
 * Rules as a file has them, one a line: `WHO ACTIONS REPOSITORIES`, each a list with commas.
 *
 * - WHO: names of users, `@users` (everybody who has signed in), `@everyone` (also who has not).
 * - ACTIONS: `pull`, `push`, `delete`, `catalog`; `all` or `none` of them.
 * - REPOSITORIES: names in which `*` stands for any characters but `/`, `**` as a whole part for any
 *   parts or none, `{user}` for the name of the user. What is of the registry as a whole (the catalogue) is
 *   matched by `**` alone.
 *
 * The first line that matches who it is and the repository decides; where none does, nothing is
 * allowed. Fails with `invalid-argument` that names the line.
 *
 * @param path of the text, for messages
 */
export function parseRules(text: string, path: string): Rules {
  const rules = text.split(/\r?\n/).flatMap((line, index) => {
    const words = line.replace(/(^|\s)#.*/, "").trim();
    return words === "" ? [] : [parseRule(words, `${path}: line ${index + 1}`)];
  });
  return {
    allowAnonymous: rules.some(({ who, actions }) => who.includes(EVERYONE) && actions.size > 0),
    allows(user, access) {
      const first = rules.find((rule) => speaksOf(rule, user, access.repository));
      return first?.actions.has(access.action) ?? false;
    },
  };
}

function parseRule(line: string, place: string): Rule {
  const fields = line.split(/\s+/);
  if (fields.length !== 3)
    fail("invalid-argument", `${place}: not of the form WHO ACTIONS REPOSITORIES`);
  const [who = [], actions = [], patterns = []] = fields.map((field) => field.split(","));
  for (const name of who) checkName(name, place);
  for (const pattern of patterns) checkPattern(pattern, place);
  return { who, actions: new Set(actions.flatMap((word) => actionsOf(word, place))), patterns };
}

function checkName(name: string, place: string): void {
  if (name === "") fail("invalid-argument", `${place}: a name is missing`);
  if (name.startsWith("@") && name !== EVERYONE && name !== USERS)
    fail("invalid-argument", `${place}: ${name} is not known: there are ${USERS} and ${EVERYONE}`);
}

function actionsOf(word: string, place: string): readonly string[] {
  if (word === "all") return ACTIONS;
  if (word === "none") return [];
  if (ACTIONS.includes(word)) return [word];
  const known = [...ACTIONS, "all", "none"].join(", ");
  return fail("invalid-argument", `${place}: no such action: ${JSON.stringify(word)} (${known})`);
}

function checkPattern(pattern: string, place: string): void {
  if (!PATTERN.test(pattern))
    fail("invalid-argument", `${place}: not a pattern of repositories: ${JSON.stringify(pattern)}`);
}

function speaksOf(rule: Rule, user: string | undefined, repository: string | undefined): boolean {
  const isMeant = rule.who.some(
    (name) => name === EVERYONE || (user !== undefined && (name === USERS || name === user)),
  );
  return isMeant && rule.patterns.some((pattern) => matches(pattern, user, repository));
}

function matches(
  pattern: string,
  user: string | undefined,
  repository: string | undefined,
): boolean {
  if (repository === undefined) return pattern === "**";
  if (!pattern.includes("{user}")) return matchParts(pattern.split("/"), repository.split("/"));
  if (user === undefined || !PLAIN_NAME.test(user)) return false;
  return matchParts(pattern.replaceAll("{user}", user).split("/"), repository.split("/"));
}

/** Goes back to the last `**` alone, which any earlier one could do no better: no name takes long. */
function matchParts(patterns: readonly string[], parts: readonly string[]): boolean {
  let at = 0;
  let again: { readonly at: number; readonly part: number } | undefined;
  for (let part = 0; part < parts.length; ) {
    const pattern = patterns[at];
    if (pattern === "**") {
      at++;
      again = { at, part };
    } else if (pattern !== undefined && matchPart(pattern, parts[part]!)) {
      at++;
      part++;
    } else if (again) {
      again = { at: again.at, part: again.part + 1 };
      ({ at, part } = again);
    } else return false;
  }
  return patterns.slice(at).every((pattern) => pattern === "**");
}

/** `*` for any characters, by looking from left to right once: no pattern takes long. */
function matchPart(pattern: string, part: string): boolean {
  const [head = "", ...pieces] = pattern.split("*");
  const tail = pieces.pop();
  if (tail === undefined) return pattern === part;
  if (!part.startsWith(head) || part.length < head.length + tail.length) return false;
  let at = head.length;
  for (const piece of pieces) {
    const found = part.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return part.endsWith(tail) && at <= part.length - tail.length;
}
