// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax of Dockerfiles.
import { describe, expect, test } from "bun:test";
import { kindOf } from "#errors";
import { type ExpandOptions, expandWord, expandWords, type VariableTrace } from "../index.ts";

const env = new Map([
  ["HOME", "/root"],
  ["EMPTY", ""],
  ["LIST", "a  b\tc"],
  ["FILE", "/usr/src/app.tar.gz"],
  ["ÄÖ", "umlaut"],
]);

/** Words that come out the same with either escape character are listed once. */
const expansions: [word: string, text: string][] = [
  ["plain", "plain"],
  ["$HOME", "/root"],
  ["${HOME}x", "/rootx"],
  ["$HOMEx", ""],
  ["$HOME.x", "/root.x"],
  ["a$", "a$"],
  ["$ä", ""],
  ["$ÄÖ!", "umlaut!"],
  ["$1st", "st"],
  ["'$HOME'", "$HOME"],
  ['"$HOME"', "/root"],
  ['"it\'s $HOME"', "it's /root"],
  [`a"b c"'d e'`, "ab cd e"],
  ["${NONE:-x}", "x"],
  ["${NONE-x}", "x"],
  ["${EMPTY:-x}", "x"],
  ["${EMPTY-x}", ""],
  ["${HOME:+x}", "x"],
  ["${NONE:+x}", ""],
  ["${EMPTY:+x}", ""],
  ["${EMPTY+x}", "x"],
  ["${HOME:?no}", "/root"],
  ["${EMPTY?no}", ""],
  ["${NONE:-${HOME:-x}/y}", "/root/y"],
  ["${NONE:-'a}b'}", "a}b"],
  ['${NONE:-"a $HOME"}', "a /root"],
  ["${FILE#*/}", "usr/src/app.tar.gz"],
  ["${FILE##*/}", "app.tar.gz"],
  ["${FILE%.*}", "/usr/src/app.tar"],
  ["${FILE%%.*}", "/usr/src/app"],
  ["${FILE%.zip}", "/usr/src/app.tar.gz"],
  ["${FILE#/u?r}", "/src/app.tar.gz"],
  ["${FILE##*}", ""],
  ["${FILE#*}", "/usr/src/app.tar.gz"],
  ["${NONE#x}", ""],
  ["${FILE/r/R}", "/usR/src/app.tar.gz"],
  ["${FILE//r/R}", "/usR/sRc/app.taR.gz"],
  ["${FILE//\\//:}", ":usr:src:app.tar.gz"],
  ["${FILE/s*c/X}", "/uX/app.tar.gz"],
  ["${FILE//?/.}", "..................."],
  ["${FILE//none/X}", "/usr/src/app.tar.gz"],
  ["${FILE/tar*/}", "/usr/src/app."],
  ["${EMPTY//*/x}", "x"],
];

const refusals: [word: string, words: string][] = [
  ["'open", "unexpected end of statement while looking for matching single-quote"],
  ['"open', "unexpected end of statement while looking for matching double-quote"],
  ["${HOME", "syntax error: missing '}'"],
  ["${HOME:-x", "syntax error: missing '}'"],
  ["${", "syntax error: missing '}'"],
  ["${}", "syntax error: bad substitution"],
  ["${{HOME}}", "syntax error: bad substitution"],
  ["${:-x}", "syntax error: bad substitution"],
  ["${HOME:=x}", "unsupported modifier (:=) in substitution"],
  ["${HOME^^}", "unsupported modifier (^) in substitution"],
  ["${HOME/a}", "syntax error: missing '/' in ${}"],
  ["${HOME/a/b", "syntax error: missing '}'"],
  ["${NONE?}", "NONE: is not allowed to be unset"],
  ["${EMPTY:?}", "EMPTY: is not allowed to be empty"],
  ["${NONE:?give $HOME}", "NONE: give /root"],
  ["${HOME#\\a}", "invalid escape '\\a'"],
];

function refusalOf(word: string, options?: ExpandOptions): string {
  try {
    return `accepted: ${expandWord(word, env, options)}`;
  } catch (error) {
    expect(kindOf(error)).toBe("invalid-argument");
    return (error as Error).message;
  }
}

describe("expandWord", () => {
  for (const [word, text] of expansions)
    test(word, () => {
      expect(expandWord(word, env)).toBe(text);
    });

  for (const [word, words] of refusals)
    test(`${word} is refused`, () => {
      expect(refusalOf(word)).toContain(words);
    });

  test("the escape character is a backslash or, where the file says so, a backtick", () => {
    expect(expandWord('\\$HOME \\a "\\$HOME \\a \\""', env)).toBe('$HOME a $HOME \\a "');
    expect(expandWord('`$HOME `a "`$HOME `a" \\$HOME', env, { escape: "`" })).toBe(
      "$HOME a $HOME `a \\/root",
    );
  });

  test("a heredoc's quotes are its own, its escapes are not", () => {
    const content = "a '$HOME' \"b\"\n\\$HOME \\\\\n";
    expect(expandWord(content, env, { ignoreQuotes: true })).toBe("a '/root' \"b\"\n$HOME \\\n");
  });

  test("what is not set can stay as written", () => {
    const word = "$NONE ${NONE} ${NONE:-x} ${NONE/a/b} $HOME";
    expect(expandWord(word, env, { keepUnset: true })).toBe(
      "$NONE ${NONE} ${NONE:-x} ${NONE/a/b} /root",
    );
  });

  test("the trace tells which variables were looked up", () => {
    const trace: VariableTrace = { used: new Set(), unset: new Set() };
    expandWord("$HOME ${NONE:-$OTHER} '$QUOTED'", env, { trace });
    expect([...trace.used]).toEqual(["HOME"]);
    expect([...trace.unset].toSorted()).toEqual(["NONE", "OTHER"]);
  });

  test("nesting and growth have bounds", () => {
    const nested = (depth: number) => `${"${N:-".repeat(depth)}x${"}".repeat(depth)}`;
    expect(expandWord(nested(100), env)).toBe("x");
    expect(refusalOf(nested(100_000))).toContain("nested more than 100 deep");
    const big = new Map([["BIG", "x".repeat(1_000_000)]]);
    expect(() => expandWord("$BIG".repeat(100), big)).toThrow("longer than");
    expect(() => expandWord("${BIG//x/$BIG}", big)).toThrow("longer than");
    expect(() => expandWord(`\${BIG#${"*x".repeat(100)}y}`, big)).toThrow("too long to be matched");
  });

  test("names of an object's own are no variables", () => {
    expect(expandWord("$constructor$__proto__", env)).toBe("");
  });
});

describe("expandWords", () => {
  const splits: [text: string, words: string[]][] = [
    ["a  b", ["a", "b"]],
    ["  a ", ["a"]],
    ["a$LIST", ["aa", "b", "c"]],
    ['"a $LIST"', ["a a  b\tc"]],
    ["a\\ b", ["a b"]],
    ["'' $EMPTY", []],
    ["$LIST'd e'", ["a", "b", "cd e"]],
  ];
  for (const [text, words] of splits)
    test(JSON.stringify(text), () => {
      expect(expandWords(text, env)).toEqual(words);
    });
});
