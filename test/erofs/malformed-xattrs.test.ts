/**
 * What the kernel makes of attributes that it would not have set, were they to come into an index
 * (`indexLayer` refuses them). Needs root and a kernel that mounts EROFS from a file (6.12).
 */
import { afterAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ErofsInode, writeErofs } from "#erofs";
import { kindOf } from "#errors";
import { getXattr, listXattrs } from "#kernel";
import { Bench } from "./mounted.ts";

const bench = new Bench(new Uint8Array(512));
afterAll(() => bench[Symbol.dispose]());

const common = { mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 7, nanoseconds: 8 } };
const acl = (hex: string) => [["system.posix_acl_access", Buffer.from(hex, "hex")]] as const;
const caps = (hex: string) => [["security.capability", Buffer.from(hex, "hex")]] as const;
const MALFORMED = {
  "cut-list": acl("0200"),
  "odd-list": acl("02000000010006"),
  "list-of-nothing-known": acl("020000004000ffff00000000"),
  "list-out-of-order": acl("0200000020000400ffffffff01000600ffffffff"),
  "vast-list": acl(`02000000${"02000700e8030000".repeat(8000)}`),
  "cut-capability": caps("01000002"),
  "odd-capability": caps("ff".repeat(20)),
  "no-capability": caps(""),
  "large-capability": caps("01".repeat(60_000)),
};

test("a tree with malformed attributes is there, and what is well-formed in it can be used", () => {
  const files = Object.entries(MALFORMED).map(([name, pairs]): [string, ErofsInode] => [
    name,
    { ...common, type: "file", xattrs: new Map(pairs), content: Buffer.from(name) },
  ]);
  const good: ErofsInode = {
    ...common,
    type: "file",
    xattrs: new Map(),
    content: Buffer.from("good"),
  };
  const children = new Map([...files, ["good", good] as const]);
  const image = writeErofs({
    ...common,
    mode: 0o755,
    type: "directory",
    xattrs: new Map(),
    children,
  });
  bench.mounted(image, false, (root) => {
    const listed = Bun.spawnSync(["ls", "-lR", root]);
    expect(listed.stdout.toString().match(/^-rw/gm)).toHaveLength(children.size);
    for (const name of Object.keys(MALFORMED)) {
      for (const each of listXattrs(join(root, name)))
        attempt(() => getXattr(join(root, name), each));
      attempt(() => readFileSync(join(root, name)));
    }
    expect(readFileSync(join(root, "good"), "utf8")).toBe("good");
  });
});

/** That this may fail is all that is asked for. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect(kindOf(error)).toBeDefined();
  }
}
