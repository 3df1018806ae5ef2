import { expect, test } from "bun:test";
import { fail } from "#errors";
import type { Repository, SearchResult } from "#remote";
import { runCommand } from "../testing/run-command.ts";
import search from "./search.ts";

const RESULTS: SearchResult[] = [
  {
    name: "alpine",
    description:
      "A minimal Docker image based on Alpine Linux with a complete package index!\nReally",
    stars: 12_345,
    isOfficial: true,
  },
  { name: "user/alp", description: "", stars: 0, isOfficial: false },
  { name: "zed/alp", description: "short", stars: 70, isOfficial: false },
];

const TABLE = `\
NAME       DESCRIPTION                                     STARS     OFFICIAL
alpine     A minimal Docker image based on Alpine Linux…   12345     [OK]
user/alp                                                   0         
zed/alp    short                                           70        
`;

function run(...args: string[]) {
  const asked: unknown[] = [];
  const remote = {
    async search(registry: string, term: string, options = {}) {
      asked.push([registry, term, (options as { limit?: number }).limit]);
      return RESULTS;
    },
  };
  return { asked, outcome: runCommand(search, args, { remote }) };
}

test("a table as docker's", async () => {
  expect(await run("alp").outcome).toEqual({ code: 0, stdout: TABLE, stderr: "" });
});

test("whole descriptions, on one line", async () => {
  const { stdout } = await run("--no-trunc", "alp").outcome;
  expect(stdout).toContain("with a complete package index! Really   12345     [OK]\n");
});

test.each([
  [["--filter", "is-official=true"], ["alpine"]],
  [
    ["-f", "is-official=0"],
    ["user/alp", "zed/alp"],
  ],
  [
    ["-f", "stars=70"],
    ["alpine", "zed/alp"],
  ],
  [["-f", "stars=70", "-f", "is-official=f"], ["zed/alp"]],
  [["-f", "is-automated=true"], []],
])("%j leaves %j", async (args, names) => {
  const { stdout } = await run(...args, "--format", "{{.Name}}", "alp").outcome;
  expect(stdout.split("\n").filter(Boolean)).toEqual(names);
});

test("formats", async () => {
  const json = (await run("--format", "json", "alp").outcome).stdout.split("\n")[2]!;
  const row = { Description: "short", IsOfficial: "false", Name: "zed/alp", StarCount: "70" };
  expect(json).toBe(JSON.stringify(row));
  const { stdout } = await run("--format", "{{.StarCount}}/{{.IsOfficial}}", "alp").outcome;
  expect(stdout).toBe("12345/[OK]\n0/\n70/\n");
});

test.each<[string[], unknown[]]>([
  [["alp"], ["docker.io", "alp", 25]],
  [
    ["--limit", "5", "library/alp"],
    ["docker.io", "alp", 5],
  ],
  [
    ["--limit", "-1", "user/alp"],
    ["docker.io", "user/alp", 25],
  ],
  [["docker.io/alp"], ["docker.io", "alp", 25]],
  [["localhost/a/b"], ["localhost", "a/b", Number.MAX_SAFE_INTEGER]],
  [
    ["--limit", "500", "r.io:5000/"],
    ["r.io:5000", "", 500],
  ],
])("%j asks for %j", async (args, expected) => {
  const { asked, outcome } = run(...args);
  expect((await outcome).code).toBe(0);
  expect(asked).toEqual([expected]);
});

test.each([
  [["--limit", "101", "x"], "Limit 101 is outside the range of [1, 100]"],
  [["-f", "foo=bar", "x"], "invalid filter 'foo'"],
  [["-f", "stars=abc", "x"], "invalid filter 'stars=abc'"],
  [["-f", "is-official=abc", "x"], "invalid filter 'is-official=[abc]'"],
  [["--tags", "a:1"], "a:1 names an image: give the repository a"],
])("%j is refused", async (args, reason) => {
  const { asked, outcome } = run(...args);
  expect(await outcome).toEqual({ code: 1, stdout: "", stderr: `Error: ${reason}\n` });
  expect(asked).toEqual([]);
});

function tagsOf(args: string[]) {
  const remote = {
    repository: ({ repository }: { repository: string }) =>
      ({
        async *tags() {
          if (repository !== "app") fail("not-found", `repository ${repository} not found`);
          yield* ["2", "1", "latest"];
        },
      }) as Partial<Repository> as Repository,
    catalog: async function* () {
      yield* ["app", "other"];
    },
  };
  return runCommand(search, ["--tags", ...args], { remote });
}

test("tags, as they come", async () => {
  expect(await tagsOf(["r.io/app"])).toEqual({ code: 0, stdout: "2\n1\nlatest\n", stderr: "" });
  expect((await tagsOf(["--limit", "2", "r.io/app"])).stdout).toBe("2\n1\n");
  expect(await tagsOf(["r.io/apq"])).toEqual({
    code: 1,
    stdout: "",
    stderr: "Error: repository apq not found (did you mean r.io/app?)\n",
  });
});
