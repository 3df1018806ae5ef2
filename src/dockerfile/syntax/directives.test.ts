import { describe, expect, test } from "bun:test";
import { detectSyntax, parseLines } from "../index.ts";

function directivesOf(text: string): object {
  return parseLines({ text, name: "Dockerfile" }).directives;
}

describe("parser directives", () => {
  test("stand at the top, in any case and spacing, before any other comment", () => {
    expect(directivesOf("  #  ESCAPE = `  \n#Syntax=a b\nFROM x")).toEqual({
      escape: "`",
      syntax: { name: "syntax", value: "a b", line: 2 },
    });
    expect(directivesOf("# comment\n# escape=`\nFROM x")).toEqual({ escape: "\\" });
    expect(directivesOf("\n# escape=`\nFROM x")).toEqual({ escape: "\\" });
    expect(directivesOf("# other=1\n# escape=`\nFROM x")).toEqual({ escape: "\\" });
    expect(directivesOf("FROM x\n# escape=`")).toEqual({ escape: "\\" });
  });

  test("may follow a byte order mark or a shebang", () => {
    expect(directivesOf("\uFEFF# escape=`\nFROM x")).toEqual({ escape: "`" });
    expect(directivesOf("#!/bin/x\n# escape=`\nFROM x")).toEqual({ escape: "`" });
  });

  test("are not the comments of the first instruction", () => {
    const { nodes } = parseLines({ text: "# escape=`\n# about\nFROM x", name: "Dockerfile" });
    expect(nodes[0]!.comments).toEqual(["about"]);
  });
});

describe("detectSyntax", () => {
  const texts: [text: string, found: object | undefined][] = [
    ["# syntax=docker/dockerfile:1 --flag\nFROM x", { reference: "docker/dockerfile:1", line: 1 }],
    ["#!/x\n# escape=\\\n# syntax = a", { reference: "a", line: 3 }],
    ["// syntax=a b\n{}", { reference: "a", commandLine: "a b", line: 1 }],
    ['{ "syntax": "a b" }', { reference: "a b", line: 1 }],
    ['{ "syntax": 1 }', undefined],
    ["{ not json }", undefined],
    ["FROM x\n# syntax=a", undefined],
    ["", undefined],
  ];
  for (const [text, found] of texts)
    test(JSON.stringify(text), () => {
      const detected = detectSyntax(text);
      if (found === undefined) expect(detected).toBeUndefined();
      else expect(detected).toMatchObject(found);
    });
});
