// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax of Dockerfiles.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KindedError } from "#errors";
import {
  expandInstruction,
  expandWord,
  IgnoreMatcher,
  matchGlob,
  parseDockerfile,
  parseIgnoreFile,
} from "./index.ts";

const env = new Map([
  ["A", "a b"],
  ["B", ""],
]);

/** Text made of what the language gives a meaning to, which plain random text seldom hits. */
const dockerfileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...["FROM a\n", "RUN ", "COPY ", "ENV ", "ARG ", "ONBUILD ", "HEALTHCHECK ", "LABEL "],
        ...["ADD ", "EXPOSE ", "VOLUME ", "SHELL ", "\n", "\\\n", "`\n", "# escape=`\n", "#", " "],
        ...[
          "<<EOF",
          "<<-'E'",
          "\nEOF\n",
          "[",
          "]",
          '"',
          "'",
          ",",
          "=",
          "--mount=",
          "--from=",
          "--",
        ],
        ...["type=", "cache", "$A", "${B:-", "${A%%", "}", "/", "\t", "\r\n", "CMD ", "NONE", "\\"],
      ),
      fc.string({ maxLength: 4 }),
      fc.string({ maxLength: 4, unit: "binary" }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

/** Runs what may be refused, but only by an error that says why. */
function orRefused(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof KindedError && error.kind === "invalid-argument") return false;
    throw error;
  }
}

function parseAndExpand(text: string): void {
  const { stages, directives } = parseDockerfile(text);
  for (const stage of stages)
    for (const instruction of [stage.from, ...stage.instructions])
      expandInstruction(instruction, env, { escape: directives.escape });
}

describe("any text", () => {
  test("parses and expands, or is refused with a reason", () => {
    fc.assert(
      fc.property(dockerfileText, (text) => {
        orRefused(() => parseAndExpand(text));
        orRefused(() => parseAndExpand(`FROM a\n${text}`));
      }),
      { numRuns: 2000 },
    );
  });

  test("expands as a word, or is refused with a reason", () => {
    const word = fc.string({ unit: fc.constantFrom(..."${}AB:-+?#%/*\\'\"`< ax") });
    fc.assert(
      fc.property(word, (text) => {
        orRefused(() => expandWord(text, env));
        orRefused(() => expandWord(text, env, { escape: "`", rawQuotes: true, rawEscapes: true }));
      }),
      { numRuns: 2000 },
    );
  });

  test("is an ignore file that answers, or is refused with a reason", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab*?[]^-\\/!.# \n") });
    fc.assert(
      fc.property(text, text, (file, path) => {
        orRefused(() => {
          const matcher = new IgnoreMatcher(parseIgnoreFile(file));
          matcher.canPrune(path);
        });
        orRefused(() => void matchGlob(file, path));
      }),
      { numRuns: 2000 },
    );
  });

  test("below a pruned directory nothing is taken back in", () => {
    const part = fc.string({ unit: fc.constantFrom(..."ab*"), minLength: 1, maxLength: 2 });
    const pattern = fc
      .tuple(fc.constantFrom("", "!"), fc.array(part, { minLength: 1, maxLength: 3 }))
      .map(([mark, parts]) => mark + parts.join("/"));
    const name = fc.constantFrom("a", "b", "ab", "ba");
    const path = fc.array(name, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 4 }), path, path, (patterns, above, below) => {
        const matcher = new IgnoreMatcher(patterns);
        const directory = above.join("/");
        if (matcher.canPrune(directory))
          expect(matcher.ignores([directory, ...below].join("/"))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("a great deal of one thing", () => {
  const SIZE = 128 * 1024;
  const pieces = [
    ...["\n", "#\n", "# a\n", " ", "\\\n", "FROM a\n", "ONBUILD ", "[", '["', "RUN \\\n#\n\n"],
    ...["RUN <<A\n", "RUN a <<", "<<A ", "ENV a=b ", "--x ", "--", '"', "'", "$", "${a:-", "<< "],
    ...[
      "COPY <<A <<B c\nA\nB\n",
      "ARG ",
      "\t",
      "# escape=\\\n",
      "# syntax= ",
      "=",
      "\r",
      "LABEL a",
    ],
  ];
  for (const piece of pieces)
    test(JSON.stringify(piece), () => {
      const text = piece.repeat(Math.ceil(SIZE / piece.length));
      for (const start of ["", "FROM a\nRUN ", "FROM a\nENV ", "FROM a\nCOPY "])
        orRefused(() => parseAndExpand(start + text));
    });
});
