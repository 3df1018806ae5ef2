import { quote } from "#errors";
import type { EscapeToken } from "./directives.ts";
import { parseJsonForm } from "./json-form.ts";
import { refuse } from "./refusal.ts";
import { isSpace } from "./space.ts";
import { splitWords } from "./words.ts";

/** The arguments of an instruction, split by that instruction's own rule. */
export interface Arguments {
  readonly args: readonly string[];
  readonly json: boolean;
}

type ArgumentRule = (rest: string, escapeToken: EscapeToken, keyword: string) => Arguments;

const RULES: Readonly<Record<string, ArgumentRule>> = {
  ADD: listOrJson,
  ARG: words,
  CMD: textOrJson,
  COPY: listOrJson,
  ENTRYPOINT: textOrJson,
  ENV: pairs,
  EXPOSE: list,
  FROM: list,
  HEALTHCHECK: healthcheck,
  LABEL: pairs,
  MAINTAINER: text,
  RUN: textOrJson,
  SHELL: textOrJson,
  STOPSIGNAL: text,
  USER: text,
  VOLUME: listOrJson,
  WORKDIR: text,
};

/** The keywords of the language, in upper case. */
export const KEYWORDS: readonly string[] = [...Object.keys(RULES), "ONBUILD"];

/** Splits what follows the flags; the arguments of an unknown instruction are not looked at. */
export function splitArguments(keyword: string, rest: string, escapeToken: EscapeToken): Arguments {
  const upper = keyword.toUpperCase();
  if (!Object.hasOwn(RULES, upper)) return { args: [""], json: false };
  return RULES[upper]!(rest, escapeToken, upper);
}

function plain(args: readonly string[]): Arguments {
  return { args, json: false };
}

function text(rest: string): Arguments {
  return plain(rest === "" ? [] : [rest]);
}

function list(rest: string): Arguments {
  return plain(rest === "" ? [] : rest.split(/[\t\v\f\r ]+/));
}

function words(rest: string, escapeToken: EscapeToken): Arguments {
  return plain(splitWords(rest, escapeToken));
}

function textOrJson(rest: string): Arguments {
  const strings = parseJsonForm(rest);
  return strings === undefined ? text(rest) : { args: strings, json: true };
}

function listOrJson(rest: string): Arguments {
  const strings = parseJsonForm(rest);
  return strings === undefined ? list(rest) : { args: strings, json: true };
}

/** The first word is NONE or CMD; what follows it is a command in either form. */
function healthcheck(rest: string): Arguments {
  let end = 0;
  while (end < rest.length && !isSpace(rest[end]!)) end++;
  let next = end;
  while (next < rest.length && isSpace(rest[next]!)) next++;
  if (end === 0) return plain([]);
  const command = textOrJson(rest.slice(next));
  return { args: [rest.slice(0, end), ...command.args], json: command.json };
}

/** `KEY=value KEY=value`, or the old form `KEY the whole rest`. */
function pairs(rest: string, escapeToken: EscapeToken, keyword: string): Arguments {
  const all = splitWords(rest, escapeToken);
  if (all.length === 0) return plain([]);
  if (!all[0]!.includes("=")) return plain(oldPair(rest, keyword));
  return plain(all.flatMap((word) => newPair(word)));
}

function oldPair(rest: string, keyword: string): string[] {
  const gap = /[\t\v\f\r ]+/.exec(rest);
  if (gap === null)
    return refuse(`${keyword} must have two arguments: write ${keyword} ${rest}=<value>`);
  return [rest.slice(0, gap.index), rest.slice(gap.index + gap[0].length), ""];
}

function newPair(word: string): string[] {
  const at = word.indexOf("=");
  if (at < 0)
    return refuse(
      `Syntax error - can't find = in ${quote(word)}. Must be of the form: name=value; ` +
        "put quotes around a value with spaces in it",
    );
  return [word.slice(0, at), word.slice(at + 1), "="];
}
