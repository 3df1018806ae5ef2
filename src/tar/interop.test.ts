import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect, concat } from "#bytes";
import { encodeHeader, endOfArchive, padding, readTar, type TarHeader } from "./index.ts";

/** Other programs' archives read, and ours read by them. Where a program is missing, not run. */
const hasTar = Bun.which("tar") !== null && run("tar", "--version").includes("GNU tar");
const hasPython = Bun.which("python3") !== null;
const root = mkdtempSync(join(tmpdir(), "shale-tar-"));
const long = `${"directory-of-some-length/".repeat(5)}${"f".repeat(120)}`;

beforeAll(() => {
  mkdirSync(join(root, "in", long, ".."), { recursive: true });
  writeFileSync(join(root, "in", "short"), "short");
  writeFileSync(join(root, "in", "größe"), "utf-8");
  linkSync(join(root, "in", "short"), join(root, "in", "twin"));
  symlinkSync("t".repeat(130), join(root, "in", "link"));
  writeFileSync(join(root, "in", long), "long");
  const fd = openSync(join(root, "in", "sparse"), "w");
  for (let i = 0; i < 40; i++) writeSync(fd, `part ${i}`, i * 200_000);
  ftruncateSync(fd, 9_000_000);
  closeSync(fd);
  for (const name of ["short", "größe", long, "sparse"])
    utimesSync(join(root, "in", name), 1_600_000_000, 1_600_000_000);
});
afterAll(() => rmSync(root, { recursive: true }));

function run(...command: string[]): string {
  const { stdout, stderr, success } = Bun.spawnSync(command, {
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  if (!success) throw new Error(`${command[0]}: ${stderr.toString()}`);
  return stdout.toString();
}

interface Found {
  header: TarHeader;
  content: Buffer;
}

async function readArchive(path: string): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for await (const { header, body } of readTar(Bun.file(path).stream()))
    found.set(header.path, { header, content: Buffer.from(await collect(body, 1 << 24)) });
  return found;
}

function expectShort(found: Map<string, Found>): void {
  const { header, content } = found.get("short")!;
  expect(content.toString()).toBe("short");
  expect(header).toMatchObject({ type: "file", size: 5, mtime: { seconds: 1_600_000_000 } });
  expect(found.get("twin")!.header).toMatchObject({ type: "hardlink", linkPath: "short", size: 0 });
}

function expectAll(found: Map<string, Found>): void {
  expectShort(found);
  expect(found.get("größe")!.content.toString()).toBe("utf-8");
  expect(found.get(long)!.content.toString()).toBe("long");
  expect(found.get("link")!.header).toMatchObject({ type: "symlink", linkPath: "t".repeat(130) });
}

describe("archives of GNU tar", () => {
  const create = (format: string, ...more: string[]) => {
    const path = join(root, `${format}${more.join("")}.tar`);
    run(
      "tar",
      "-C",
      join(root, "in"),
      `--format=${format}`,
      ...more,
      "-cf",
      path,
      "short",
      "twin",
      "größe",
      "link",
      long,
      "sparse",
    );
    return path;
  };

  for (const format of ["oldgnu", "gnu", "posix"])
    test.skipIf(!hasTar)(format, async () => expectAll(await readArchive(create(format))));

  for (const format of ["v7", "ustar"])
    test.skipIf(!hasTar)(format, async () => {
      const path = join(root, `${format}.tar`);
      run(
        "tar",
        "-C",
        join(root, "in"),
        `--format=${format}`,
        "-cf",
        path,
        "short",
        "twin",
        "größe",
      );
      const found = await readArchive(path);
      expectShort(found);
      expect(found.get("größe")!.content.toString()).toBe("utf-8");
    });

  const sparse = [
    ["oldgnu", "--sparse"],
    ["gnu", "--sparse"],
    ...["0.0", "0.1", "1.0"].map((version) => ["posix", "--sparse", `--sparse-version=${version}`]),
  ];
  for (const [format, ...more] of sparse)
    test.skipIf(!hasTar)(`${format} ${more.join(" ")}`, async () => {
      const found = await readArchive(create(format!, ...more));
      expectAll(found);
      const { header, content } = found.get("sparse")!;
      expect(header.sparse!.length).toBeGreaterThanOrEqual(40);
      expect(content.length).toBe(9_000_000);
      for (let i = 0; i < 40; i++)
        expect(content.toString("latin1", i * 2e5, i * 2e5 + 6)).toBe(`part ${i}`.slice(0, 6));
    });
});

const WRITE = `
import sys, tarfile, io
t = tarfile.open(sys.argv[1], "w", format=getattr(tarfile, sys.argv[2] + "_FORMAT"))
def add(name, **more):
    i = tarfile.TarInfo(name); data = more.pop("data", b"")
    i.size = len(data); i.mtime = 1600000000
    for k, v in more.items(): setattr(i, k, v)
    t.addfile(i, io.BytesIO(data))
add("short", data=b"short", uid=4000000000 if sys.argv[2] != "USTAR" else 7)
add("twin", type=tarfile.LNKTYPE, linkname="short")
if sys.argv[2] != "USTAR":
    add("größe", data=b"utf-8"); add("link", type=tarfile.SYMTYPE, linkname="t" * 130)
    add(sys.argv[3], data=b"long"); add("old", mtime=-5)
    if sys.argv[2] == "PAX": add("attr", pax_headers={"SCHILY.xattr.user.x": "y"})
t.close()`;

describe("archives of Python's tarfile", () => {
  for (const format of ["USTAR", "GNU", "PAX"])
    test.skipIf(!hasPython)(format, async () => {
      const path = join(root, `python-${format}.tar`);
      run("python3", "-c", WRITE, path, format, long);
      const found = await readArchive(path);
      expectShort(found);
      if (format === "USTAR") return;
      expectAll(found);
      expect(found.get("short")!.header.uid).toBe(4_000_000_000);
      expect(found.get("old")!.header.mtime.seconds).toBe(-5);
      if (format === "PAX")
        expect(found.get("attr")!.header.xattrs).toEqual(new Map([["user.x", Buffer.from("y")]]));
    });
});

const mtime = { seconds: 1_600_000_000, nanoseconds: 0 };
const BASIC = { mode: 0o644, uid: 1, gid: 2, size: 0, mtime, xattrs: new Map() };
const OURS: TarHeader[] = [
  { ...BASIC, path: "plain", type: "file", size: 3 },
  { ...BASIC, path: `${"p".repeat(150)}/${"n".repeat(99)}`, type: "file", size: 3 },
  { ...BASIC, path: long, type: "file", size: 3, uid: 4_000_000_000 },
  {
    ...BASIC,
    path: "größe",
    type: "file",
    size: 3,
    mtime: { seconds: -7, nanoseconds: 500_000_000 },
  },
  { ...BASIC, path: `${long}-directory`, type: "directory", mode: 0o1777 },
  { ...BASIC, path: "link", type: "symlink", linkPath: "t".repeat(130), mode: 0o777 },
  { ...BASIC, path: "twin", type: "hardlink", linkPath: "plain" },
  { ...BASIC, path: "pipe", type: "fifo" },
  { ...BASIC, path: "device", type: "block", deviceMajor: 259, deviceMinor: 70000 },
  { ...BASIC, path: "holes", type: "file", size: 70_000, sparse: [{ offset: 66_000, length: 3 }] },
];

function writeOurs(): string {
  const path = join(root, "ours.tar");
  const parts = OURS.map((header) => {
    const body = header.type === "file" ? [Buffer.from("abc"), new Uint8Array(padding(3))] : [];
    return concat([encodeHeader(header), ...body]);
  });
  writeFileSync(path, concat([...parts, endOfArchive()]));
  return path;
}

describe("our archives", () => {
  test.skipIf(!hasTar)("listed by GNU tar", () => {
    const lines = run("tar", "--numeric-owner", "--full-time", "-tvf", writeOurs())
      .trim()
      .split("\n");
    const facts = lines.map((line) => line.split(/\s+/));
    expect(facts.map((fields) => fields.slice(5).join(" "))).toEqual([
      ...OURS.slice(0, 4).map(({ path }) => path),
      `${long}-directory/`,
      `link -> ${"t".repeat(130)}`,
      "twin link to plain",
      "pipe",
      "device",
      "holes",
    ]);
    expect(facts[2]![1]).toBe("4000000000/2");
    expect(facts.map((fields) => fields[0])).toEqual([
      "-rw-r--r--",
      "-rw-r--r--",
      "-rw-r--r--",
      "-rw-r--r--",
      "drwxrwxrwt",
      "lrwxrwxrwx",
      "hrw-r--r--",
      "prw-r--r--",
      "brw-r--r--",
      "-rw-r--r--",
    ]);
    expect(facts[8]![2]).toBe("259,70000");
  });

  test.skipIf(!hasPython)("read by Python's tarfile", () => {
    const script = `
import sys, tarfile, json
print(json.dumps([[m.name, m.uid, m.mtime, m.linkname, m.devminor, m.size, m.isreg() and t.extractfile(m).read().strip(b"\\0").decode()]
  for t in [tarfile.open(sys.argv[1])] for m in t]))`;
    const found = JSON.parse(run("python3", "-c", script, writeOurs()));
    expect(found).toEqual(
      OURS.map(({ path, uid, mtime, linkPath = "", deviceMinor = 0, size, type }) => {
        const isRegular = type === "file";
        return [
          path,
          uid,
          mtime.seconds + mtime.nanoseconds / 1e9,
          linkPath,
          deviceMinor,
          size,
          isRegular ? "abc" : false,
        ];
      }),
    );
  });
});
