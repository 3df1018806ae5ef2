// Needs root: owners, devices and, for names in --chown, a mount.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { messageOf } from "#errors";
import { openLayer } from "#image";
import { removeXattr, setXattr } from "#kernel";
import { readTar, type TarHeader } from "#tar";
import { type BuildFixture, type BuiltImage, openFixture } from "./testing/build-fixture.ts";

let fixture: BuildFixture;

beforeAll(() => {
  fixture = openFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** The entries of an image's topmost layer, by path. */
async function entries(image: BuiltImage): Promise<Map<string, TarHeader>> {
  const found = new Map<string, TarHeader>();
  const tar = await openLayer(fixture.store, image.config.rootfs.diff_ids.at(-1)!);
  for await (const { header } of readTar(tar)) found.set(header.path, header);
  return found;
}

async function failure(
  context: string,
  dockerfile: string,
  options: Parameters<BuildFixture["build"]>[2] = {},
): Promise<string> {
  try {
    await fixture.build(context, dockerfile, options);
  } catch (error) {
    return messageOf(error);
  }
  return "";
}

const paths = async (image: BuiltImage) => [...(await entries(image)).keys()].sort();

describe("COPY", () => {
  test("takes the contents of a directory, not the directory", async () => {
    const files = fixture.context({ "src/a": "1", "src/sub/b": "2" });
    const image = await fixture.build(files, "FROM scratch\nCOPY src /dest\n");
    expect(await paths(image)).toEqual(["dest", "dest/a", "dest/sub", "dest/sub/b"]);
  });

  test("puts a file into a directory, or under another name", async () => {
    const files = fixture.context({ a: "1" });
    const image = await fixture.build(
      files,
      "FROM scratch\nCOPY a /name\nCOPY a /dir/\nCOPY a /dir\n",
    );
    expect(await image.read("name")).toBe("1");
    expect(await image.read("dir/a")).toBe("1");
    expect(await paths(image)).toEqual(["dir", "dir/a"]);
  });

  test("matches patterns in order of name", async () => {
    const files = fixture.context({ "b.c": "b", "a.c": "a", "x.h": "h", "d/z.c": "z" });
    const image = await fixture.build(files, "FROM scratch\nCOPY *.c d?z* [x].h d*/*.c /s/\n");
    expect(await paths(image)).toEqual(["s", "s/a.c", "s/b.c", "s/x.h", "s/z.c"]);
  });

  test("warns of a pattern that matches nothing", async () => {
    const files = fixture.context({ a: "" });
    await fixture.build(files, "FROM scratch\nCOPY a nothing* /s/\n");
    expect(fixture.events).toContainEqual(
      expect.objectContaining({ type: "warning", message: expect.stringContaining("nothing*") }),
    );
  });

  test("several files need a directory", async () => {
    const files = fixture.context({ a: "", b: "" });
    expect(await failure(files, "FROM scratch\nCOPY a b /file\n")).toContain(
      "When using COPY with more than one source file, the destination must be a directory and end with a /",
    );
    const image = await fixture.build(files, "FROM scratch\nWORKDIR /w\nCOPY a b .\n");
    expect(await paths(image)).toEqual(["w", "w/a", "w/b"]);
  });

  test("keeps modes, times, links, hard links and attributes; owners become root's", async () => {
    const files = fixture.context({ "t/run": "x" });
    const at = (name: string) => join(files, "t", name);
    chmodSync(at("run"), 0o4751);
    utimesSync(at("run"), 1_000_000_000, 1_000_000_000.25);
    setXattr(at("run"), "user.note", new Uint8Array([0, 255]));
    linkSync(at("run"), at("same"));
    symlinkSync("../nowhere", at("link"));
    lutimesSync(at("link"), 5, 5);
    mkdirSync(at("closed"), { mode: 0o700 });
    const found = await entries(await fixture.build(files, "FROM scratch\nCOPY t /t\n"));
    expect(found.get("t/run")).toMatchObject({
      mode: 0o4751,
      uid: 0,
      gid: 0,
      mtime: { seconds: 1_000_000_000, nanoseconds: 250_000_000 },
    });
    expect(found.get("t/run")?.xattrs.get("user.note")).toEqual(new Uint8Array([0, 255]));
    expect(found.get("t/same")).toMatchObject({ type: "hardlink", linkPath: "t/run" });
    expect(found.get("t/link")).toMatchObject({
      linkPath: "../nowhere",
      mtime: { seconds: 5, nanoseconds: 0 },
    });
    expect(found.get("t/closed")).toMatchObject({ type: "directory", mode: 0o700 });
  });

  test("follows a link that is named, inside the context", async () => {
    const files = fixture.context({ "real/file": "x" });
    symlinkSync("/real", join(files, "link"));
    const image = await fixture.build(files, "FROM scratch\nCOPY link/file /one\nCOPY link /two\n");
    expect(await image.read("one")).toBe("x");
    expect(await image.read("two/file")).toBe("x");
  });

  test("resolves the destination inside the image", async () => {
    const files = fixture.context({ a: "1", "base/usr/lib/x": "" });
    symlinkSync("/usr/lib", join(files, "base", "lib"));
    symlinkSync("../../../../usr", join(files, "base", "up"));
    const image = await fixture.build(
      files,
      "FROM scratch\nCOPY base /\nCOPY a /lib/\nCOPY a /up/b\nCOPY a /lib/deep/c\n",
    );
    expect(await image.read("usr/lib/a")).toBe("1");
    expect(await image.read("usr/b")).toBe("1");
    expect(await paths(image)).toEqual(["usr", "usr/lib", "usr/lib/deep", "usr/lib/deep/c"]);
  });

  test("says again what the directories of the image are like", async () => {
    const files = fixture.context({ a: "", "base/tmp/deep/x": "" });
    chmodSync(join(files, "base/tmp"), 0o1777);
    const base = "FROM scratch\nCOPY --chown=7:8 base /\n";
    const found = await entries(await fixture.build(files, `${base}COPY a /tmp/deep/\n`));
    expect(found.get("tmp")).toMatchObject({ mode: 0o1777, uid: 7, gid: 8 });
    expect(found.get("tmp/deep")).toMatchObject({ mode: 0o755, uid: 7, gid: 8 });
    expect([...found.keys()]).toEqual(["tmp", "tmp/deep", "tmp/deep/a"]);
  });

  test("replaces a file by a file only and a directory by a directory only", async () => {
    const files = fixture.context({ file: "", "dir/x": "", "both/file": "", "both/dir/y": "" });
    const base = "FROM scratch\nCOPY both /\n";
    expect(await failure(files, `${base}COPY dir /file\n`)).toContain(
      "cannot copy to non-directory: /file",
    );
    expect(
      await failure(
        fixture.context({ "s/dir": "" }),
        "FROM scratch\nCOPY s/dir /a/dir/x\nCOPY s /a\n",
      ),
    ).toContain("cannot replace to directory /a/dir with file");
  });

  test("sets owners and modes", async () => {
    const files = fixture.context({ "d/f": "", passwd: "me:x:70:71::/:\n", group: "us:x:72:\n" });
    const image = await fixture.build(
      files,
      "FROM scratch\nCOPY passwd group /etc/\nCOPY --chown=me:us --chmod=u=rwX,go=rX d /new/d\n",
    );
    expect(await image.stat("new")).toMatchObject({ mode: 0o755, uid: 70, gid: 72 });
    expect(await image.stat("new/d/f")).toMatchObject({ mode: 0o644, uid: 70, gid: 72 });
    const numbers = await fixture.build(
      files,
      "FROM scratch\nCOPY --chown=9 --chmod=0640 d/f /f\n",
    );
    expect(await numbers.stat("f")).toMatchObject({ mode: 0o640, uid: 9, gid: 9 });
    expect(await failure(files, "FROM scratch\nCOPY --chmod=9 d /\n")).toContain(
      "invalid chmod parameter: '9'. it should be octal string and between 0 and 07777",
    );
  });

  test("leaves out what --exclude matches", async () => {
    const files = fixture.context({ "s/a.md": "", "s/b.c": "", "s/d/c.md": "" });
    const image = await fixture.build(files, "FROM scratch\nCOPY --exclude=**/*.md s /s\n");
    expect(await paths(image)).toEqual(["s", "s/b.c", "s/d"]);
  });

  test("--link makes the same layer on any base", async () => {
    const files = fixture.context({ a: "1", b: "2" });
    const one = await fixture.build(files, "FROM scratch\nCOPY --link a /x/\n");
    const two = await fixture.build(files, "FROM scratch\nCOPY b /b\nCOPY --link a /x/\n");
    expect(two.config.rootfs.diff_ids.at(-1)).toBe(one.config.rootfs.diff_ids[0]!);
  });

  test("writes documents, with variables unless the name is quoted", async () => {
    const dockerfile = 'FROM scratch\nARG V=v\nCOPY <<one <<"two" /d/\n$V\none\n$V\ntwo\n';
    const image = await fixture.build({ kind: "none" }, dockerfile);
    expect([await image.read("d/one"), await image.read("d/two")]).toEqual(["v\n", "$V\n"]);
  });

  test("extended attributes that are set or taken away later are seen", async () => {
    const files = fixture.context({ "d/a": "1", "d/b": "2", "d/sub/c": "3" });
    const notes = async (noCache = false) => {
      // What changed just now would not be remembered.
      await Bun.sleep(25);
      const image = await fixture.build(files, "FROM scratch\nCOPY d /d\n", { noCache });
      const found = [...(await entries(image))];
      return found.filter(([, { xattrs }]) => xattrs.has("user.note")).map(([path]) => path);
    };
    setXattr(join(files, "d/a"), "user.note", Buffer.from("x"));
    expect(await notes()).toEqual(["d/a"]);
    setXattr(join(files, "d/b"), "user.note", Buffer.from("x"));
    setXattr(join(files, "d/sub"), "user.note", Buffer.from("x"));
    expect(await notes()).toEqual(["d/a", "d/b", "d/sub"]);
    expect(await notes(true)).toEqual(["d/a", "d/b", "d/sub"]);
    removeXattr(join(files, "d/a"), "user.note");
    writeFileSync(join(files, "d/sub/c"), "4");
    expect(await notes()).toEqual(["d/b", "d/sub"]);
  });

  test("a context may be given as a link to it", async () => {
    const files = fixture.context({ "src/a": "1" });
    symlinkSync("src", join(files, "link"));
    const image = await fixture.build(join(files, "link"), "FROM scratch\nCOPY . /d\n");
    expect(await paths(image)).toEqual(["d", "d/a"]);
  });

  test("names that are not UTF-8 survive", async () => {
    const files = fixture.context({ "d/x": "" });
    writeFileSync(Buffer.from(`${files}/d/\xff\xfe`, "latin1"), "raw");
    const image = await fixture.build(files, "FROM scratch\nCOPY d /d\n");
    expect(await paths(image)).toContain("d/\udcff\udcfe");
  });
});

describe("a context that cannot be copied", () => {
  /** Does something to the files when their hashes are known and the copy begins. */
  function whileCopied(context: string, change: () => void): Promise<string> {
    return failure(context, "FROM scratch\nCOPY src /dest\n", {
      noCache: true,
      onEvent: (event) => {
        if (event.type === "start" && event.name.includes("COPY")) change();
      },
    });
  }

  test.each([
    ["goes away", (path: string) => rmSync(path), '"/src/sub/b" went away while it was read'],
    [
      "grows",
      (path: string) => appendFileSync(path, "x"),
      '"/src/sub/b" changed while it was read',
    ],
    ["shrinks", (path: string) => truncateSync(path), '"/src/sub/b" changed while it was read'],
  ])("a file %s", async (_, change, message) => {
    const files = fixture.context({ "src/a": "1", "src/sub/b": "2" });
    const error = await whileCopied(files, () => change(join(files, "src/sub/b")));
    expect(error).toStartWith(`failed to solve: ${message}`);
    const failed = fixture.events.find((event) => event.type === "failed");
    expect(failed?.message).toStartWith(message);
  });

  test("a directory goes away", async () => {
    const files = fixture.context({ "src/sub/b": "2" });
    const error = await whileCopied(files, () => rmSync(join(files, "src"), { recursive: true }));
    expect(error).toStartWith('failed to solve: "/src/sub/b" went away while it was read');
  });

  test("a name that would remove another file in a layer", async () => {
    const files = fixture.context({ "src/sub/.wh.other": "" });
    const message =
      'cannot copy "/src/sub/.wh.other": no layer can hold a name that begins with .wh.';
    expect(await failure(files, "FROM scratch\nCOPY src /dest\n")).toBe(
      `failed to solve: ${message}`,
    );
  });

  test("sockets are left out, and cannot be named", async () => {
    const files = fixture.context({ "src/a": "1" });
    using _ = Bun.listen({ unix: join(files, "src/s"), socket: { data() {} } });
    expect(await paths(await fixture.build(files, "FROM scratch\nCOPY src /d\n"))).toEqual([
      ...["d", "d/a"],
    ]);
    expect(await failure(files, "FROM scratch\nCOPY src/s /d\n")).toBe(
      'failed to solve: failed to compute cache key: "/src/s": not found: no image can hold a socket',
    );
  });

  test("nothing above its root", async () => {
    const files = fixture.context({ "src/a": "1" });
    expect(await failure(files, "FROM scratch\nCOPY src/../../b /d\n")).toBe(
      'failed to solve: failed to compute cache key: "/b": not found: src/../../b leads out of the root',
    );
  });
});

describe("ADD", () => {
  function archive(directory: string, ...flags: string[]): Uint8Array {
    return Bun.spawnSync(["tar", ...flags, "-C", directory, "-c", "."]).stdout;
  }

  test.each([
    ["plain", []],
    ["gzip", ["-z"]],
    ["bzip2", ["-j"]],
    ["xz", ["-J"]],
    ["zstd", ["--zstd"]],
  ])("unpacks an archive by its content: %s", async (_, flags) => {
    const tree = fixture.context({ "in/file": "unpacked" });
    const files = fixture.context({ "anything.txt": archive(tree, ...flags) });
    const image = await fixture.build(files, "FROM scratch\nADD anything.txt /into\n");
    expect(await image.read("into/in/file")).toBe("unpacked");
  });

  test("copies what is no archive, and COPY unpacks nothing", async () => {
    const tree = fixture.context({ x: "x" });
    const files = fixture.context({ "a.tar": archive(tree), "b.tar.gz": "no archive at all" });
    const image = await fixture.build(files, "FROM scratch\nADD b.tar.gz /\nCOPY a.tar /\n");
    expect(await image.read("b.tar.gz")).toBe("no archive at all");
    expect(await image.stat("a.tar")).toMatchObject({ type: "file" });
  });

  test("keeps the owners of an archive, and follows the links of the image", async () => {
    const tree = fixture.context({ "lib/file": "x" });
    const files = fixture.context({
      "a.tar": archive(tree, "--owner=4", "--group=5"),
      "base/usr/lib/keep": "",
    });
    symlinkSync("usr/lib", join(files, "base", "lib"));
    const image = await fixture.build(files, "FROM scratch\nCOPY base /\nADD a.tar /lib\n");
    expect(await image.stat("usr/lib/lib/file")).toMatchObject({ uid: 4, gid: 5 });
  });

  test("a hard link to a file of the image brings the file into the layer", async () => {
    const tree = fixture.context({ "usr/old": "not this one" });
    linkSync(join(tree, "usr/old"), join(tree, "usr/new"));
    const both = join(tree, "links.tar");
    Bun.spawnSync(["tar", "-C", tree, "-cf", both, "usr/old", "usr/new"]);
    Bun.spawnSync(["tar", "--delete", "-f", both, "usr/old"]);
    const files = fixture.context({
      "base/usr/old": "of the image",
      "links.tar": readFileSync(both),
    });
    chmodSync(join(files, "base/usr/old"), 0o4751);
    const base = "FROM scratch\nCOPY --chown=7:8 base /\n";
    const image = await fixture.build(files, `${base}ADD links.tar /\n`);
    const found = await entries(image);
    expect(found.get("usr/old")).toMatchObject({ type: "file", mode: 0o4751, uid: 7, gid: 8 });
    expect(found.get("usr/new")).toMatchObject({ type: "hardlink", linkPath: "usr/old" });
    expect(await image.read("usr/new")).toBe("of the image");
    const missing = 'cannot unpack "/links.tar": hard link "usr/new" in the archive: no file';
    for (const add of ["ADD links.tar /elsewhere", "ADD --link links.tar /"])
      expect(await failure(files, `${base}${add}\n`)).toContain(missing);
  });

  test("says which archive is damaged", async () => {
    const tree = fixture.context({ a: "1", b: new Uint8Array(100_000) });
    const whole = archive(tree);
    const files = fixture.context({ "cut.tar": whole.subarray(0, 50_000) });
    expect(await failure(files, "FROM scratch\nADD cut.tar /\n")).toStartWith(
      'failed to solve: cannot unpack "/cut.tar": ',
    );
  });

  test("refuses an archive that leads out of the image", async () => {
    const tree = fixture.context({ evil: "x" });
    const tar = archive(tree, "--transform=s,evil,../../evil,", "-P");
    expect(
      await failure(fixture.context({ "a.tar": tar }), "FROM scratch\nADD a.tar /\n"),
    ).toContain('leads out by ".."');
  });

  test("fetches a URL, once while it does not change", async () => {
    let served = 0;
    using server = Bun.serve({
      port: 0,
      fetch(request) {
        if (request.headers.get("if-none-match") === "v1")
          return new Response(null, { status: 304 });
        if (new URL(request.url).pathname === "/gone") return new Response("no", { status: 404 });
        served++;
        const headers = { etag: "v1", "last-modified": "Thu, 01 Jan 1970 00:01:40 GMT" };
        return new Response("fetched", { headers });
      },
    });
    const url = `http://localhost:${server.port}`;
    const dockerfile = `FROM scratch\nADD ${url}/some/name.tgz?x=1 /d/\nADD ${url}/some/name.tgz?x=1 /other\n`;
    const image = await fixture.build({ kind: "none" }, dockerfile);
    expect(await image.read("d/name.tgz")).toBe("fetched");
    const other = (await entries(image)).get("other");
    expect(other).toMatchObject({ mode: 0o600, mtime: { seconds: 100, nanoseconds: 0 } });
    expect((await fixture.build({ kind: "none" }, dockerfile)).id).toBe(image.id);
    expect(served).toBe(1);
    expect(await failure(fixture.context({}), `FROM scratch\nADD ${url}/gone /\n`)).toContain(
      "invalid response status 404",
    );
    const wrong = `FROM scratch\nADD --checksum=sha256:${"0".repeat(64)} ${url}/x /\n`;
    expect(await failure(fixture.context({}), wrong)).toContain("digest mismatch");
  });
});
