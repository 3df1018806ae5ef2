// Needs root, to be somebody else for a while.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kindOf, messageOf } from "#errors";
import { openState, type State } from "#state";
import { ignoreFilter } from "../load-dockerfile.ts";
import { contentDigest } from "./content-digest.ts";
import { listFiles } from "./file-list.ts";
import { isFresh } from "./fingerprint.ts";
import { selectSources } from "./select.ts";
import { SourceTree } from "./source-tree.ts";

let home: string;
let state: State;
let trees = 0;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "shale-context-"));
  state = openState(join(home, "store"));
});
afterAll(() => {
  state[Symbol.dispose]();
  rmSync(home, { recursive: true });
});

/** Files that changed long ago, as far as their modification times say. */
function tree(files: Record<string, string>): string {
  const root = join(home, `tree-${trees++}`);
  mkdirSync(root);
  for (const [name, text] of Object.entries(files)) write(join(root, name), text);
  return root;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const names = (sources: ReturnType<typeof selectSources>) => sources?.map(({ node }) => node.path);

describe("a tree", () => {
  test("lists what the ignore file leaves, and directories for the sake of their files", () => {
    const root = tree({ "a/b/keep": "", "a/b/drop": "", "a/c/drop": "", "d/x": "", z: "" });
    const filter = ignoreFilter(["a", "!a/b/keep", "d/*"]);
    const open = new SourceTree(root, filter);
    const [all] = selectSources(open, ".")!;
    expect(listFiles(open, [all!]).map(({ node }) => node.path)).toEqual([
      ...["", "a", "a/b", "a/b/keep", "d", "z"],
    ]);
    expect(open.find("a/c")).toBeUndefined();
  });

  test("follows links inside and never out", () => {
    const root = tree({ "real/file": "", "etc/hostname": "mine" });
    symlinkSync("/real", join(root, "absolute"));
    symlinkSync("../../../etc", join(root, "up"));
    symlinkSync("loop", join(root, "loop"));
    const open = new SourceTree(root);
    expect(open.follow("absolute/file")?.path).toBe("real/file");
    expect(open.follow("up/hostname")?.path).toBe("etc/hostname");
    expect(open.follow("up/passwd")).toBeUndefined();
    expect(() => open.follow("loop")).toThrow("too many levels of symbolic links");
  });

  test("patterns match name by name; `..` stays at the root", () => {
    const root = tree({ "a1/x.c": "", "a2/x.c": "", "a2/y.h": "", "a*b": "" });
    const open = new SourceTree(root);
    expect(names(selectSources(open, "a?/*.c"))).toEqual(["a1/x.c", "a2/x.c"]);
    expect(names(selectSources(open, "../../a1/./x.c"))).toEqual(["a1/x.c"]);
    expect(names(selectSources(open, "a\\*b"))).toEqual(["a*b"]);
    expect(names(selectSources(open, "*/none"))).toEqual([]);
    expect(selectSources(open, "none")).toBeUndefined();
  });
});

describe("files that cannot be read", () => {
  const rules = { owners: false };

  /** What reading everything comes to for an ordinary user, after `change`. */
  async function readAll(root: string, change = () => {}): Promise<string> {
    chmodSync(home, 0o755);
    process.seteuid!(65534);
    try {
      const open = new SourceTree(root);
      const files = listFiles(open, selectSources(open, ".")!);
      change();
      await contentDigest(open, files, rules, state.facts, new AbortController().signal);
      return "";
    } catch (error) {
      return `${kindOf(error)}: ${messageOf(error)}`;
    } finally {
      process.seteuid!(0);
    }
  }

  test.each([
    ["a file", "d/secret"],
    ["a directory", "d"],
  ])("%s of somebody else", async (_, name) => {
    const root = tree({ "d/secret": "s" });
    chmodSync(join(root, name), 0o600);
    expect(await readAll(root)).toMatch(
      /^permission-denied: cannot read "\/d(\/secret)?": permission denied: make it readable, or/,
    );
  });

  test("a file that is gone before it is hashed", async () => {
    const root = tree({ "d/gone": "s" });
    chmodSync(join(root, "d"), 0o777);
    expect(await readAll(root, () => rmSync(join(root, "d/gone")))).toBe(
      'not-found: "/d/gone" went away while it was read: try again',
    );
  });
});

describe("the content digest", () => {
  const rules = { owners: false };

  function digest(root: string): Promise<string> {
    const open = new SourceTree(root);
    const files = listFiles(open, selectSources(open, ".")!);
    return contentDigest(open, files, rules, state.facts, new AbortController().signal);
  }

  test("depends on names, modes and contents, not on times or the place", async () => {
    const first = tree({ "d/a": "same", b: "b" });
    const before = await digest(first);
    expect(await digest(tree({ "d/a": "same", b: "b" }))).toBe(before);
    utimesSync(join(first, "b"), 1, 1);
    expect(await digest(first)).toBe(before);
    chmodSync(join(first, "b"), 0o755);
    const changed = await digest(first);
    expect(changed).not.toBe(before);
    writeFileSync(join(first, "d/a"), "othr");
    expect(await digest(first)).not.toBe(changed);
  });

  test("a change that keeps size and time is seen", async () => {
    const root = tree({ a: "one" });
    utimesSync(join(root, "a"), 5, 5);
    const before = await digest(root);
    writeFileSync(join(root, "a"), "two");
    utimesSync(join(root, "a"), 5, 5);
    expect(await digest(root)).not.toBe(before);
  });

  test("what changed just now is not yet trusted", () => {
    const at = (seconds: number, nanoseconds = 0) => ({
      ctime: { seconds, nanoseconds },
      mtime: { seconds: 0, nanoseconds: 0 },
    });
    expect(isFresh(at(9, 995_500_000), 10_000)).toBe(true);
    expect(isFresh(at(9, 900_500_000), 10_000)).toBe(false);
    expect(isFresh(at(9), 10_000)).toBe(true);
    expect(isFresh(at(5), 10_000)).toBe(false);
  });
});
