import { expect, test } from "bun:test";
import { parseChallenges } from "./challenge.ts";

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test("a bearer challenge", () => {
  const header =
    'Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push"';
  expect(read(header)).toEqual([
    [
      "bearer",
      { realm: "https://auth.example/token", service: "reg", scope: "repository:a/b:pull,push" },
    ],
  ]);
});

test("several challenges, quoted pairs, tokens, spaces, any case", () => {
  const header = 'BASIC Realm="a \\"b\\", c" , Negotiate, bearer realm = "x" ,error=invalid_token';
  expect(read(header)).toEqual([
    ["basic", { realm: 'a "b", c' }],
    ["negotiate", {}],
    ["bearer", { realm: "x", error: "invalid_token" }],
  ]);
});

test("what cannot be read ends the list, at once", () => {
  expect(read("")).toEqual([]);
  expect(read('Basic realm="x", =,=')).toEqual([["basic", { realm: "x" }]]);
  expect(read(`Bearer realm="${"\\".repeat(100_000)}`)).toEqual([["bearer", {}]]);
  expect(read(`${",".repeat(50_000)}Basic`)).toEqual([]);
});
