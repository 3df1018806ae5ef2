import { expect, test } from "bun:test";
import { fail, type Kind, kindOf, messageOf } from "#errors";
import { parseReference } from "#oci";
import type { Remote, Repository } from "#remote";
import { nameHint, withNameHint } from "./name-hint.ts";
import { summary } from "./testing/images.ts";

const TAGS: Record<string, readonly string[]> = { "team/app": ["1.0", "1.1"], other: [] };
const HUB_FOUND = [{ name: "alpine", description: "", stars: 1, isOfficial: true }];

const remote: Remote = {
  repository: ({ repository }) =>
    ({
      async *tags() {
        yield* TAGS[repository] ?? fail("not-found", "no such repository");
      },
    }) as Partial<Repository> as Repository,
  async *catalog() {
    yield* Object.keys(TAGS);
  },
  search: async () => HUB_FOUND,
  login: () => fail("internal", "nobody signs in here"),
};
const images = { list: async () => [summary({ repoTags: ["busybox:1.36", "r.io/mine:2"] })] };

test.each([
  ["r.io/team/app:1.2", " (did you mean r.io/team/app:1.0?)"],
  ["r.io/team/ap:1.0", " (did you mean r.io/team/app?)"],
  ["r.io/mime:2", " (did you mean r.io/mine?)"],
  ["r.io/nothing/like/it", ""],
  ["alpin", " (did you mean alpine?)"],
  ["busybix", " (did you mean busybox?)"],
  ["busybox:1.35", " (did you mean busybox:1.36?)"],
])("%s%s", async (name, hint) => {
  expect(await nameHint(parseReference(name), { images, remote })).toBe(hint);
});

test("a registry that fails has no suggestions", async () => {
  const broken: Remote = {
    ...remote,
    repository: () => ({ tags: failing }) as Partial<Repository> as Repository,
    catalog: failing,
    search: () => fail("unavailable", "down"),
  };
  for (const name of ["r.io/app:1", "alpine:1"])
    expect(await nameHint(parseReference(name), { remote: broken })).toBe("");
  expect(await nameHint(parseReference("alpine"), {})).toBe("");
});

async function* failing(): AsyncGenerator<string> {
  yield fail("unavailable", "down");
}

test.each<[Kind, string, string]>([
  ["not-found", "failed", "failed (did you mean alpine?)"],
  ["permission-denied", "failed", "failed (did you mean alpine?)"],
  ["unavailable", "failed", "failed"],
  ["not-found", "no matching manifest for linux/s390x", "no matching manifest for linux/s390x"],
  ["not-found", "not found (did you mean 3.20?)", "not found (did you mean 3.20?)"],
])("a failure that is %s: %s", async (kind, failure, message) => {
  const work = async () => fail(kind, failure);
  const error = await withNameHint(parseReference("alpin"), { remote }, work).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect([kindOf(error), messageOf(error)]).toEqual([kind, message]);
});
