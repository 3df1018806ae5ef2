// Images on the erofs driver: what runs, changes and measures files must not notice that layers are
// mounted, not unpacked. Needs root, crun, a kernel with EROFS, skopeo, and Debian's package mirror.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { execute } from "../peers.ts";
import { base, createSandbox, leftovers, removeEverything, type Sandbox } from "../shale.ts";

let box: Sandbox;

beforeAll(() => {
  box = createSandbox();
  box.shale("import", base("busybox"), "busybox");
  box.shale("import", base("debian"), "debian:bookworm");
}, 120_000);

afterAll(() => box[Symbol.dispose]());

function build(name: string, dockerfile: string, files: Record<string, string> = {}): void {
  const context = box.files(name, { ...files, Dockerfile: dockerfile });
  box.shale("build", "-q", "-t", name, context);
}

function sh(image: string, script: string, ...options: string[]): string {
  return box.shale("run", "--rm", "--network", "none", ...options, image, "sh", "-ec", script);
}

test("info names the driver and how images are mounted", () => {
  expect(box.shale("info")).toMatch(/Storage Driver: erofs\n(.*\n)* Driver erofs: usable: images/);
});

describe("Debian packages", () => {
  beforeAll(() => {
    build(
      "packages",
      `FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends postgresql libcap2-bin attr
RUN cp /usr/bin/grep /usr/bin/capgrep && setcap cap_chown+ep /usr/bin/capgrep \\
 && setfattr -n user.note -v kept /usr/bin/capgrep
`,
    );
  }, 180_000);

  test("a PostgreSQL cluster is made, written, restarted, crashed, vacuumed and read back", () => {
    const script = `
export PATH=$PATH:$(echo /usr/lib/postgresql/*/bin) PGDATA=/var/lib/postgresql/data
sql() { psql -qtA -v ON_ERROR_STOP=1 -h /tmp -d postgres -c "$1"; }
up() { pg_ctl -s -w -l /tmp/log -o "-c listen_addresses= -c unix_socket_directories=/tmp" start || cat /tmp/log; }
initdb -A trust >/dev/null
up
sql "create table t as select i, repeat(md5(i::text), 8) as v from generate_series(1, 10000) i"
sql "create index on t (v)"
pg_ctl -s -w -m fast stop
up
sql "select count(*), sum(i), count(distinct v) from t"
sql "delete from t where i % 2 = 0"
sql "vacuum full analyze t"
pg_ctl -s -w -m immediate stop
up
sql "select count(*), sum(i) from t"
pg_ctl -s -w stop
`;
    expect(sh("packages", script, "--user", "postgres")).toBe(
      "10000|50005000|10000\n5000|25000000",
    );
  }, 60_000);

  test("a file capability counts, and the copy that overlay makes of a file keeps it", () => {
    build(
      "changed",
      "FROM packages\nRUN chmod 751 /usr/bin/capgrep && touch -d @1 /usr/bin/capgrep\n",
    );
    const script = `
stat -c '%a %Y' /usr/bin/capgrep; getcap /usr/bin/capgrep; getfattr -n user.note --only-values /usr/bin/capgrep; echo
setpriv --reuid 1000 --regid 0 --groups 0 capgrep CapEff /proc/self/status`;
    const expected = (mode: string) =>
      new RegExp(`^${mode}\n/usr/bin/capgrep cap_chown=ep\nkept\nCapEff:\\s+0000000000000001$`);
    expect(sh("packages", script)).toMatch(expected("755 \\d+"));
    expect(sh("changed", script)).toMatch(expected("751 1"));
    expect(
      sh("packages", `chmod 751 /usr/bin/capgrep\ntouch -d @1 /usr/bin/capgrep\n${script}`),
    ).toMatch(expected("751 1"));
  });

  test("all the files that dpkg knows have the content it knows", () => {
    expect(sh("packages", "dpkg --verify; ldconfig -p | wc -l")).toMatch(/^\d+$/);
  });

  test("hard links of the base are one file, and chown of one leaves the content of both", () => {
    const same =
      "stat -c '%h %U' /usr/bin/perl /usr/bin/perl5.*.?; [ /usr/bin/perl -ef /usr/bin/perl5.*.? ]";
    expect(sh("debian:bookworm", same)).toBe("2 root\n2 root");
    build("chowned", "FROM debian:bookworm\nRUN chown nobody /usr/bin/perl\n");
    expect(sh("chowned", "stat -c %U /usr/bin/perl; cmp /usr/bin/perl /usr/bin/perl5.*.?")).toBe(
      "nobody",
    );
    expect(sh("chowned", "perl -e 'print 6*7'")).toBe("42");
  });
});

describe("layers over layers", () => {
  test("directories are removed, moved and made again", () => {
    build(
      "directories",
      `FROM debian:bookworm
RUN mkdir -p /d/a/b /d/c /d/e && echo 1 > /d/a/b/f && echo 1 > /d/c/old && echo 1 > /d/e/x && echo 1 > /d/file
RUN mv /d/a /d/z && rm -r /d/c && mkdir /d/c && echo 3 > /d/c/new
RUN rm /d/file && mkdir /d/file && echo 4 > /d/file/in && rm -r /d/e && echo 4 > /d/e
RUN mv /d/z/b /d/a && rmdir /d/z && rm -r /d/c && mkdir /d/c && mv /usr/share/doc /usr/share/doc2
RUN rm -r /etc/apt && mkdir -p /etc/apt/new && mkdir /d/z && ln -s a /d/link && rm /d/e && mkdir /d/e
COPY late /d/c/
`,
      { "late/old": "copied\n" },
    );
    const script =
      "cd /d; find . | sort; cat a/f c/old file/in; ls /etc/apt; ls -d /usr/share/doc /usr/share/doc2 2>/dev/null || true; ls /usr/share/doc2 | wc -l";
    const doc = sh("debian:bookworm", "ls /usr/share/doc | wc -l");
    const expected = `.\n./a\n./a/f\n./c\n./c/old\n./e\n./file\n./file/in\n./link\n./z
1\ncopied\n4\nnew\n/usr/share/doc2\n${doc}`;
    expect(sh("directories", script)).toBe(expected);
    const unpacked = ["--storage-driver", "overlay", "run", "--rm", "--network", "none"];
    expect(box.shale(...unpacked, "directories", "sh", "-c", script)).toBe(expected);
  }, 60_000);

  test("an image of more than a hundred layers runs", () => {
    const lines = Array.from({ length: 120 }, (_, n) =>
      n % 6 === 5 ? `RUN mv /n/${n - 1} /n/moved${n} && rm /n/${n - 2}` : `COPY f /n/${n}`,
    );
    build("many", `FROM busybox\n${lines.join("\n")}\n`, { f: "f" });
    expect(sh("many", "ls /n | wc -l; cat /n/moved119 /n/0")).toBe("80\nff");
  }, 60_000);

  test("a large file is read back by read and by mmap as it was written", () => {
    const context = box.files("large", { Dockerfile: "FROM packages\nCOPY large hash /\n" });
    execute(
      ["sh", "-c", "head -c 300M /dev/urandom | tee large | sha256sum | sed s,-,/large, > hash"],
      {
        cwd: context,
      },
    );
    box.shale("build", "-q", "-t", "large", context);
    const mapped = `perl -MDigest::SHA -e 'open F, "<:mmap", "/large" or die $!; print Digest::SHA->new(256)->addfile(*F)->hexdigest'`;
    expect(sh("large", `sha256sum -c /hash; grep -c "^$(${mapped}) " /hash`)).toBe("/large: OK\n1");
  }, 60_000);
});

describe("layers that came compressed", () => {
  for (const format of ["gzip", "zstd"])
    test(`${format}: the image runs, and its space is given back`, () => {
      using other = createSandbox();
      build("plain", `FROM busybox\nCOPY big /big\nRUN rm /bin/vi && echo ${format} > /format\n`, {
        big: "big\n".repeat(2_000_000),
      });
      const plain = join(box.work, "plain.tar");
      const packed = join(box.work, `${format}.tar`);
      box.shale("save", "-o", plain, "plain");
      execute([
        "skopeo",
        "copy",
        "-q",
        "--insecure-policy",
        "--dest-compress-format",
        format,
        `docker-archive:${plain}`,
        `oci-archive:${packed}:plain:latest`,
      ]);
      other.shale("load", "-q", "-i", packed);
      const run = [
        "run",
        "--rm",
        "--network",
        "none",
        "plain",
        "sh",
        "-c",
        "wc -c </big; cat /format; ls /bin/vi",
      ];
      const { code, stdout } = other.run(run);
      expect([code, stdout]).toEqual([1, `8000000\n${format}\n`]);
      expect(other.shale("system", "df", "--format", "{{.Type}} {{.Size}}")).toContain("Images 1");
      removeEverything(other);
      expect(leftovers(other.root)).toEqual([]);
      const kilobytes = Number.parseInt(execute(["du", "-sk", other.root]), 10);
      expect(kilobytes).toBeLessThan(1500);
    }, 30_000);
});

test("when all is removed nothing is left", () => {
  removeEverything(box);
  expect(leftovers(box.root)).toEqual([]);
});
