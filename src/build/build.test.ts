// Needs root: containers, mounts and network namespaces. Needs busybox-static and crun or runc.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { KindedError, kindOf, messageOf } from "#errors";
import { readMounts } from "#kernel";
import { buildDirectories } from "./build-directory.ts";
import { createBuildService } from "./create-build-service.ts";
import { BUSYBOX, type BuildFixture, openFixture } from "./testing/build-fixture.ts";

let fixture: BuildFixture;

beforeAll(() => {
  fixture = openFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

function context(files: Record<string, string> = {}): string {
  const path = fixture.context(files);
  copyFileSync("/bin/busybox", join(path, "busybox"));
  return path;
}

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return messageOf(error);
  }
  return "";
}

describe("RUN", () => {
  test("keeps what it changed and nothing else", async () => {
    const image = await fixture.build(
      context(),
      `${BUSYBOX}RUN echo hello > /made && cat /etc/resolv.conf > /dev/null\n`,
    );
    expect(await image.read("made")).toBe("hello\n");
    expect(await image.stat("etc")).toBeUndefined();
    expect(await image.stat("proc")).toBeUndefined();
    expect(image.config.rootfs.diff_ids).toHaveLength(2);
  });

  test("honours ENV, ARG, WORKDIR and USER", async () => {
    const image = await fixture.build(
      context(),
      `${BUSYBOX}ARG WHO=world\nENV GREETING="hello $WHO"\nUSER 12:34\nWORKDIR /work\n` +
        'RUN echo "$GREETING $WHO $PWD $(/bin/sh -c \'echo $HOME\')"; exec /bin/sh -c "echo $$"\n',
      { buildArgs: { WHO: "you" } },
    );
    expect(image.output).toStartWith("hello you you /work /\n");
    expect(await image.stat("work")).toMatchObject({ type: "directory", uid: 12, gid: 34 });
  });

  test("takes heredocs: for the shell, and with an interpreter of their own", async () => {
    const image = await fixture.build(
      context(),
      `${BUSYBOX}RUN <<EOF\necho one\necho two\nEOF\nRUN <<EOF\n#!/bin/sh\necho "$0" three\nEOF\n`,
    );
    expect(image.output).toBe("one\ntwo\n/dev/pipes/EOF three\n");
  });

  test("a failure tells the exit code and keeps the files before it", async () => {
    const dockerfile = `${BUSYBOX}RUN echo kept > /kept\nRUN echo oops; exit 7\n`;
    expect(await failure(fixture.build(context(), dockerfile))).toBe(
      'failed to solve: process "/bin/sh -c echo oops; exit 7" did not complete successfully: exit code: 7',
    );
    const failed = fixture.events.find((event) => event.type === "failed");
    expect(failed?.excerpt).toContain("   4 | >>> RUN echo oops; exit 7");
    const kept = await fixture.build(context(), `FROM ${failed?.image}\n`);
    expect(await kept.read("kept")).toBe("kept\n");
  });

  test("a command without end is not quoted whole", async () => {
    const long = "a".repeat(100_000);
    const error = await failure(fixture.build(context(), `${BUSYBOX}RUN false ${long}\n`));
    expect(error).toMatch(
      /^failed to solve: process "\/bin\/sh -c false a{1,200}…a{1,100}" did not complete successfully: exit code: 1$/,
    );
    const failed = fixture.events.find((event) => event.type === "failed");
    expect(failed?.message.length).toBeLessThan(500);
    expect(failed?.excerpt?.length).toBeLessThan(500);
    const names = fixture.events.map((event) => (event.type === "start" ? event.name.length : 0));
    expect(Math.max(...names)).toBeLessThan(2100);
  });

  test("an abort leaves no process and no mount", async () => {
    const abort = new AbortController();
    const dockerfile = `${BUSYBOX}RUN echo started; sleep 60\n`;
    const build = failure(fixture.build(context(), dockerfile, { signal: abort.signal }));
    while (!fixture.events.some((event) => event.type === "log")) await Bun.sleep(5);
    abort.abort(new Error("stopped by the test"));
    expect(await build).toBe("stopped by the test");
    expect(readMounts().filter(({ target }) => target.startsWith(fixture.root))).toEqual([]);
    expect(readdirSync(join(fixture.runtimeDirectory, "builds"))).toEqual([]);
    const containers = readdirSync(join(fixture.runtimeDirectory, "runtime"));
    expect(containers.filter((name) => name.startsWith("build-"))).toEqual([]);
  });
});

describe("the cache", () => {
  test("a build that changed nothing gives the same image and runs nothing", async () => {
    const files = context({ a: "a", b: "b" });
    const dockerfile = `${BUSYBOX}WORKDIR /w\nCOPY a .\nRUN echo once\nLABEL x=y\nCOPY b .\n`;
    const first = await fixture.build(files, dockerfile);
    const second = await fixture.build(files, dockerfile);
    expect(second.id).toBe(first.id);
    expect(second.ran).toEqual([]);
    expect(second.cached).toHaveLength(5);
  });

  test("a changed file runs just what reads it and what follows", async () => {
    const files = context({ a: "a", b: "b" });
    const dockerfile = `${BUSYBOX}COPY a /\nRUN echo after a\nCOPY b /\n`;
    await fixture.build(files, dockerfile);
    writeFileSync(join(files, "b"), "changed");
    const changed = await fixture.build(files, dockerfile);
    expect(changed.ran).toEqual(["[4/4] COPY b /"]);
    expect(await changed.read("b")).toBe("changed");
  });

  test("a touched file with the same content runs nothing", async () => {
    const files = context({ a: "same" });
    const dockerfile = `${BUSYBOX}COPY a /touched\n`;
    const first = await fixture.build(files, dockerfile);
    utimesSync(join(files, "a"), 1, 1);
    expect((await fixture.build(files, dockerfile)).id).toBe(first.id);
  });

  test("noCache runs all steps and remembers them anew", async () => {
    const files = context();
    const dockerfile = `${BUSYBOX}RUN cat /proc/uptime > /time\n`;
    const first = await fixture.build(files, dockerfile);
    const forced = await fixture.build(files, dockerfile, { noCache: true });
    expect(forced.cached).toEqual([]);
    expect(await forced.read("time")).not.toBe(await first.read("time"));
    expect((await fixture.build(files, dockerfile)).id).toBe(forced.id);
  });

  test("two builds of one step at once do it once", async () => {
    const files = context();
    const dockerfile = `${BUSYBOX}RUN cat /proc/uptime > /at && echo at the same time\n`;
    const builds = await Promise.all([
      fixture.build(files, dockerfile),
      fixture.build(files, dockerfile),
    ]);
    expect(builds[0]!.id).toBe(builds[1]!.id);
  });

  test("a failed step is not remembered", async () => {
    const dockerfile = `${BUSYBOX}RUN echo try; exit 1\n`;
    const files = context();
    await failure(fixture.build(files, dockerfile));
    expect(await failure(fixture.build(files, dockerfile))).toContain("exit code: 1");
  });
});

describe("stages", () => {
  test("only what the target needs is built", async () => {
    const dockerfile = `${BUSYBOX.replace("scratch", "scratch AS base")}FROM base AS broken
RUN exit 1
FROM base AS made
RUN echo made > /file
FROM scratch
COPY --from=made /file /
`;
    const image = await fixture.build(context(), dockerfile);
    expect(await image.read("file")).toBe("made\n");
    expect(image.ran).not.toContainEqual(expect.stringContaining("exit 1"));
    const target = await fixture.build(context(), dockerfile, { target: "made" });
    expect(await target.stat("bin/sh")).toMatchObject({ type: "file" });
  });

  test("COPY --from takes a number, a name and an image, and keeps owners", async () => {
    const other = await fixture.build(
      context({ o: "other" }),
      "FROM scratch\nCOPY --chown=5:6 o /o\n",
      {
        tags: ["other:image"],
      },
    );
    expect(await other.stat("o")).toMatchObject({ uid: 5, gid: 6 });
    const image = await fixture.build(
      context({ a: "A" }),
      "FROM scratch\nCOPY a /a\nFROM scratch AS two\nCOPY --from=0 /a /b\n" +
        "FROM scratch\nCOPY --from=two /b /c\nCOPY --from=other:image /o /o\n",
    );
    expect(await image.read("c")).toBe("A");
    expect(await image.stat("o")).toMatchObject({ uid: 5, gid: 6 });
  });

  test("a link in a stage never leads out of it", async () => {
    const image = await fixture.build(
      context(),
      `${BUSYBOX.replace("scratch", "scratch AS from")}RUN ln -s /etc /out && mkdir -p /etc && echo inner > /etc/hostname\n` +
        "FROM scratch\nCOPY --from=from /out/hostname /h\n",
    );
    expect(await image.read("h")).toBe("inner\n");
  });

  test("triggers of the base run first", async () => {
    await fixture.build(
      context(),
      `${BUSYBOX}ONBUILD COPY trigger /t\nONBUILD RUN echo triggered\n`,
      {
        tags: ["with-trigger"],
      },
    );
    const image = await fixture.build(
      context({ trigger: "T" }),
      "FROM with-trigger\nRUN echo own\n",
    );
    expect(image.output).toBe("triggered\nown\n");
    expect(image.config.config?.OnBuild).toBeUndefined();
    expect(await image.read("t")).toBe("T");
  });
});

test("any error is said in BuildKit's words, and keeps its kind", async () => {
  const disk = new KindedError("resource-exhausted", "the disk is full");
  const lost = new SuppressedError(new Error("cannot close"), disk);
  const builder = createBuildService({
    ...{ store: fixture.store, containers: fixture.containers },
    ...buildDirectories(fixture.root, fixture.runtimeDirectory),
    images: { resolve: () => Promise.reject(lost), pull: () => Promise.reject(lost) },
  });
  const options = { context: { kind: "none" }, dockerfile: { text: "FROM x\n" } } as const;
  const error = await builder
    .build(options, () => {}, new AbortController().signal)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect([kindOf(error), messageOf(error).split("\n")[0]]).toEqual([
    "resource-exhausted",
    "failed to solve: the disk is full",
  ]);
});

describe("contexts", () => {
  test("an ignore file hides files, and a missing one is told apart from a hidden one", async () => {
    const files = context({
      ".dockerignore": "*.log\n!keep.log\n",
      "a.log": "",
      "keep.log": "k",
      x: "",
    });
    const image = await fixture.build(files, "FROM scratch\nCOPY . /\n");
    expect(await image.stat("a.log")).toBeUndefined();
    expect(await image.read("keep.log")).toBe("k");
    expect(await failure(fixture.build(files, "FROM scratch\nCOPY a.log /\n"))).toContain(
      '"/a.log": not found: it is excluded by the .dockerignore file',
    );
    expect(await failure(fixture.build(files, "FROM scratch\nCOPY kep.log /\n"))).toContain(
      '"/kep.log": not found (did you mean keep.log?)',
    );
  });

  test("a path that is no directory", async () => {
    const file = join(fixture.context({ file: "" }), "file");
    const dockerfile = "FROM scratch\n";
    expect(await failure(fixture.build(file, dockerfile))).toBe(
      `unable to prepare context: path "${file}" is not a directory`,
    );
    expect(await failure(fixture.build(`${file}/below`, dockerfile))).toBe(
      `unable to prepare context: path "${file}/below" not found`,
    );
  });

  test("nothing outside is reachable", async () => {
    const files = context();
    symlinkSync("/etc/hostname", join(files, "link"));
    expect(await failure(fixture.build(files, "FROM scratch\nCOPY link /x\n"))).toContain(
      "not found",
    );
    expect(
      await failure(fixture.build(files, "FROM scratch\nCOPY ../../etc/hostname /x\n")),
    ).toContain("not found");
  });

  test("a Dockerfile in an archive cannot be a link to another file", async () => {
    const files = fixture.context({});
    symlinkSync("/etc/hostname", join(files, "Dockerfile"));
    const tar = Bun.spawn(["tar", "-c", "."], { cwd: files, stdout: "pipe" });
    const bytes = tar.stdout as unknown as AsyncIterable<Uint8Array>;
    const build = fixture.build({ kind: "tar", bytes }, "", { dockerfile: { path: "Dockerfile" } });
    expect(await failure(build)).toContain("failed to read dockerfile: open Dockerfile");
  });

  test("an archive is a context too", async () => {
    const files = fixture.context({
      "sub/file": "in a tar",
      Dockerfile: "FROM scratch\nCOPY sub /\n",
    });
    const tar = Bun.spawn(["tar", "-cz", "."], { cwd: files, stdout: "pipe" });
    const bytes = tar.stdout as unknown as AsyncIterable<Uint8Array>;
    const image = await fixture.build({ kind: "tar", bytes }, "", {
      dockerfile: { path: "Dockerfile" },
    });
    expect(await image.read("file")).toBe("in a tar");
    expect(statSync(fixture.root).isDirectory()).toBe(true);
  });
});
