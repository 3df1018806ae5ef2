import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(30_000);

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("shale events", () => {
  const box = new Sandbox();
  beforeAll(() => box.open().then(() => undefined));
  afterEach(() => box.clear());
  afterAll(() => box[Symbol.asyncDispose]());

  async function shale(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await box.run(args);
    if (code !== 0) throw new Error(`shale ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  }

  /** What has happened so far, as `TYPE ACTION`. */
  async function actions(...filters: string[]): Promise<string[]> {
    const words = filters.flatMap((filter) => ["-f", filter]);
    const format = ["--format", "{{.Type}} {{.Action}}"];
    return (await shale("events", "--until", "0s", ...format, ...words)).split("\n");
  }

  test("tells a container's whole life, as Docker does", async () => {
    const id = await shale("create", "--name", "one", "--network", "none", "box", "sleep", "60");
    await shale("start", "one");
    await shale("exec", "one", "true");
    await shale("pause", "one");
    await shale("unpause", "one");
    await shale("rename", "one", "two");
    await shale("kill", "two");
    await shale("wait", "two");
    await shale("rm", "two");
    const life = await actions(`container=${id}`);
    expect(life.map((line) => line.replace("container ", ""))).toEqual([
      ...["create", "start", "exec_create: true ", "exec_start: true ", "exec_die"],
      ...["pause", "unpause", "rename", "kill", "die", "destroy"],
    ]);
    const died = await shale("events", "--until", "0s", "-f", "event=die", "-f", `container=${id}`);
    expect(died).toMatch(
      /^[\dT:.-]{29}(Z|[+-]\d\d:\d\d) container die [0-9a-f]{64} \(.*exitCode=137, .*name=two\)$/,
    );
  });

  test("tells of images", async () => {
    await shale("tag", "box", "other:1");
    await shale("rmi", "other:1");
    expect((await actions("type=image")).slice(-2)).toEqual(["image tag", "image untag"]);
    expect(await actions("image=other:1")).toEqual(["image tag"]);
  });

  test("goes on with what happens, until it is closed", async () => {
    const args = ["events", "--since", "1h", "--format", "json", "-f", "type=container"];
    await shale("create", "--name", "early", "--network", "none", "box");
    const follower = box.spawn(args, { stdout: "pipe", stderr: "ignore" });
    const seen: string[] = [];
    // What is there already says that it listens.
    for await (const line of linesOf(follower.stdout)) {
      const { Action, Actor } = JSON.parse(line);
      if (seen.push(Action) === 1)
        void shale("run", "--rm", "--name", "late", "--network", "none", "box");
      if (Action === "destroy" && Actor.Attributes.name === "late") break;
    }
    follower.kill();
    await follower.exited;
    expect(seen.slice(seen.lastIndexOf("create"))).toEqual([
      ...["create", "attach", "start", "die", "destroy"],
    ]);
  });
});

function linesOf(stdout: unknown): AsyncIterable<string> {
  return createInterface({ input: Readable.fromWeb(stdout as never) });
}
