import { expect, test } from "bun:test";
import { parseEnvFile, resolveVariable } from "./env-file.ts";

const lookup = (name: string) => (name === "HERE" ? "yes" : undefined);

test("an environment file has one variable a line, values as they are", () => {
  const text = "\uFEFF# comment\n\n  A=1 # two\r\nB='q'=x\nE=\nHERE\nGONE\n";
  expect(parseEnvFile(text, lookup)).toEqual(["A=1 # two", "B='q'=x", "E=", "HERE=yes"]);
});

test("what is no variable is refused in Docker's words", () => {
  expect(() => parseEnvFile("=1", lookup)).toThrow("no variable name on line '=1'");
  expect(() => parseEnvFile("A B=1", lookup)).toThrow("variable 'A B' contains whitespaces");
  expect(() => resolveVariable("=x", lookup)).toThrow("invalid environment variable: =x");
});

test("a bare -e takes the caller's value, or the variable away", () => {
  expect(resolveVariable("HERE", lookup)).toBe("HERE=yes");
  expect(resolveVariable("GONE", lookup)).toBe("GONE");
  expect(resolveVariable("A=b=c", lookup)).toBe("A=b=c");
});
