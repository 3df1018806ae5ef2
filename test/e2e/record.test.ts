import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";
import { Seat } from "../../src/container/testing/seat.ts";
import { base } from "../shale.ts";

setDefaultTimeout(60_000);

const INTERRUPT = "\x03";
const END = "\x04";
const DETACH = "\x10\x11";
const RUN = ["run", "-it", "--network", "none", "--name", "desk", "--record", "Dockerfile.new"];
const MOUNTED = ["hostname", "hosts", "resolv.conf"].map((name) => `! -name ${name}`).join(" ");
/** All that a root has, without what is mounted there. */
const EVERYTHING =
  `cd /; { find . -xdev ${MOUNTED} -exec stat -c '%n %A %u:%g' {} +; ` +
  `find . -xdev -type f ${MOUNTED} -exec sha256sum {} +; } | sort`;

/** The next prompt, or that of a line that goes on. */
const PROMPT = /\n[^\n]*(?:#|>) $/;
/** What both shells do the same with. */
const TYPED = [
  'mkdir -p "/srv/my app"',
  'cd "/srv/my app"',
  "export GREETING='it'\\''s \"$5\"'",
  "name=world",
  "who=$name",
  'echo "$GREETING $who" > hello',
  "for i in 1 2; do",
  "echo $i > $i.txt",
  "done",
  "cat <<EOF >> conf",
  "root is $HOME",
  "EOF",
  "ls",
  "false",
  "echo code $?",
  "rm /etc/group",
];

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("run --record", () => {
  const box = new Sandbox();
  const target = join(box.directory, "Dockerfile.new");
  const written = () => readFileSync(target, "utf8");
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await box.run(args);
    expect(`${stderr}${code}`).toBe("0");
    return stdout.trim();
  };
  const everythingIn = (image: string) =>
    ok("run", "--rm", "--network", "none", image, "sh", "-c", EVERYTHING);
  const remains = () => [
    ...readdirSync(tmpdir()).filter((name) => name.startsWith("shale-record-")),
    ...readdirSync(box.directory).filter((name) => name.endsWith(".partial")),
  ];
  const sit = async (...more: string[]) => {
    const seat = new Seat(box, [...RUN, ...more]);
    await seat.shows(/# $/);
    return seat;
  };

  beforeAll(async () => {
    await box.open();
    await ok("import", base("debian"), "debian:bookworm");
    await ok("import", base("busybox"), "busybox:latest");
    mkdirSync(join(box.directory, "context"));
  });
  afterEach(async () => {
    await box.clear();
    rmSync(`${target}.partial`, { force: true });
  });
  afterAll(() => box[Symbol.asyncDispose]());

  test.each([
    ["debian:bookworm", "bash"],
    ["debian:bookworm", "sh"],
    ["busybox:latest", "sh"],
  ])(
    "a build of what was typed in %s at %s has the files of the container",
    async (image, shell) => {
      const before = remains();
      const seat = await sit("-e", "FROM_USER=a b", "-w", "/made", image, shell);
      for (const line of TYPED) await seat.type(`${line}\n`, PROMPT);
      expect(seat.text).toMatch(/[\r\n]code 1\r\n/);
      await seat.type("echo a''sleep; sleep 1000\n", "asleep");
      await seat.type(INTERRUPT, PROMPT);
      await seat.type('echo "$FROM_USER" > from\n', PROMPT);
      expect(await seat.leave(shell === "bash" ? END : "touch /root/last; exit 0\n")).toBe(0);
      expect(remains()).toEqual(before);

      const text = written();
      expect(text).toStartWith(`FROM ${image}\n`);
      expect(text).toContain('\nENV FROM_USER="a b"\nWORKDIR /made\n');
      expect(text).toContain('\nWORKDIR "/srv/my app"\nENV GREETING="it\'s \\"\\$5\\""\n');
      expect(text).toContain("\n# ls\n# failed with 1: false\n");
      expect(text).toContain("# failed with 130: echo a''sleep; sleep 1000\n");
      expect(text).not.toMatch(/__shale|\.shale/);

      await ok("build", "-q", "-t", "built", "-f", target, join(box.directory, "context"));
      await ok("commit", "desk", "committed");
      expect(await ok("inspect", "-f", "{{json .Config.Cmd}}", "committed")).toBe(`["${shell}"]`);
      const [built, committed] = [await everythingIn("built"), await everythingIn("committed")];
      expect(built).toBe(committed);
      expect(built).toContain("./srv/my app/2.txt");
      expect(built).not.toContain("shale");
      // It goes on as one that was never recorded.
      await ok("start", "desk");
      await ok("rm", "-f", "desk");
    },
  );

  test("a window that is closed ends the session, and with --rm the container", async () => {
    writeFileSync(target, "an older one");
    const seat = await sit("--rm", "busybox", "sh");
    await seat.type("touch /kept\n", PROMPT);
    await seat.close();
    expect(written()).toContain("RUN touch /kept\n");
    expect(box.leftovers()).toEqual([]);
  });

  test("one who detaches has what was typed so far", async () => {
    const seat = await sit("busybox", "sh");
    await seat.type("touch /kept\n", PROMPT);
    expect(await seat.leave(DETACH)).toBe(0);
    expect(written()).toContain("RUN touch /kept\n");
    expect(await ok("exec", "desk", "ls", "/kept")).toBe("/kept");
    await ok("rm", "-f", "desk");
  });

  test("of one that is killed the draft says where everything is", async () => {
    const seat = await sit("--rm", "busybox", "sh");
    await seat.type("touch /kept\n", PROMPT);
    await seat.kill();
    const draft = readFileSync(`${target}.partial`, "utf8");
    const [, id = ""] = /container (\w+)/.exec(draft) ?? [];
    const [, notes = ""] = /is in (\/\S+),/.exec(draft) ?? [];
    expect(readFileSync(join(notes, "2"), "utf8")).toContain("touch /kept");
    await ok("rm", "-f", id);
    rmSync(join(notes, ".."), { recursive: true });
  });

  test.each([
    [["-i"], "--record needs a terminal: run it with -it."],
    [["-itd"], "cannot specify both --record and --detach"],
  ])("%j is refused", async (how, message) => {
    const { code, stderr } = await box.run(["run", ...how, "--record", "f", "busybox", "sh"]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(message);
  });
});
