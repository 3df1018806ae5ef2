import { expect, test } from "bun:test";
import type { Access } from "./authorizer.ts";
import { parseRules } from "./rules.ts";

const rules = parseRules(
  `
# WHO          MAY                WHERE
mallory        none               **
@everyone      pull               public/**,hello
ci             all                **      # the pipeline
alice,bob      pull,push          team/*/app,tools-*
@users         pull,push,delete   home/{user}/**
@users         pull               **/shared
`,
  "rules",
);

const can = (user: string | undefined, action: Access["action"], repository?: string) =>
  rules.allows(user, { action, ...(repository !== undefined && { repository }) });

test("who has not signed in may do what everyone may", () => {
  expect(rules.allowAnonymous).toBe(true);
  expect(can(undefined, "pull", "public/a/b")).toBe(true);
  expect(can(undefined, "pull", "public")).toBe(true);
  expect(can(undefined, "pull", "hello")).toBe(true);
  expect(can(undefined, "push", "hello")).toBe(false);
  expect(can(undefined, "pull", "hello/world")).toBe(false);
  expect(can(undefined, "pull", "shared")).toBe(false);
});

test("the first line that matches decides", () => {
  expect(can("mallory", "pull", "hello")).toBe(false);
  expect(can("ci", "push", "hello")).toBe(false);
  expect(can("ci", "push", "other")).toBe(true);
});

test("patterns match whole parts", () => {
  expect(can("alice", "push", "team/x/app")).toBe(true);
  expect(can("alice", "push", "team/x/y/app")).toBe(false);
  expect(can("bob", "push", "tools-")).toBe(true);
  expect(can("bob", "push", "tools-a/b")).toBe(false);
  expect(can("carol", "pull", "a/b/shared")).toBe(true);
  expect(can("carol", "pull", "shared")).toBe(true);
  expect(can("carol", "pull", "a/unshared")).toBe(false);
});

test("a user's own place; a name that looks like a pattern is none", () => {
  expect(can("carol", "delete", "home/carol/x")).toBe(true);
  expect(can("carol", "pull", "home/alice/x")).toBe(false);
  for (const user of ["*", "**", "a/../alice", "{user}", "[a-z]"])
    expect(can(user, "pull", "home/alice/x")).toBe(false);
});

test("the catalogue is of the registry as a whole", () => {
  expect(can("ci", "catalog")).toBe(true);
  expect(can("alice", "catalog")).toBe(false);
  expect(can(undefined, "catalog")).toBe(false);
});

test("several stars in a part take no long time", () => {
  const slow = parseRules(`@users pull ${"*a".repeat(60)}*b`, "rules");
  expect(slow.allows("a", { action: "pull", repository: "a".repeat(250) })).toBe(false);
  expect(slow.allows("a", { action: "pull", repository: `${"a".repeat(250)}b` })).toBe(true);
});

test("several double stars take no long time, and mean any parts", () => {
  const slow = parseRules(`@users pull ${"**/a/".repeat(30)}**/b/**`, "rules");
  const allows = (repository: string) => slow.allows("a", { action: "pull", repository });
  expect(allows("a/".repeat(125).slice(0, -1))).toBe(false);
  expect(allows(`${"a/".repeat(125)}b`)).toBe(true);
  expect(allows(`${"a/x/".repeat(30)}b/c`)).toBe(true);
  expect(allows(`${"a/".repeat(29)}b`)).toBe(false);
});

test.each([
  ["alice pull", /^rules: line 1: not of the form WHO ACTIONS REPOSITORIES$/],
  ["alice read **", /no such action: "read" \(pull, push, delete, catalog, all, none\)/],
  ["@team pull **", /@team is not known: there are @users and @everyone/],
  ["alice, pull **", /a name is missing/],
  ["alice pull Team/x", /not a pattern of repositories: "Team\/x"/],
  ["alice pull /x", /not a pattern/],
])("a line that makes no sense is named: %s", (line, message) => {
  expect(() => parseRules(line, "rules")).toThrow(message);
});
