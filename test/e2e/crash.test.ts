// kill -9 at random moments of build, load and rmi: the next command works, a repeat succeeds, and
// garbage collection leaves no orphan. Needs root and crun.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { execute } from "../peers.ts";
import { base, createSandbox, killAfter, type Sandbox, timeOf } from "../shale.ts";

const KILLS = 20;

let box: Sandbox;
let context: string;
let archive: string;

beforeAll(() => {
  box = createSandbox();
  box.shale("import", base("busybox"), "busybox");
  context = box.files("crash", {
    Dockerfile: `FROM busybox AS one
COPY data /data
RUN dd if=/dev/urandom of=/r bs=1M count=4 && sleep 0.1
FROM busybox
COPY --from=one /r /r
RUN cat /r > /s && rm /bin/vi && mkdir -p /a/b/c
CMD ["true"]
`,
    ...Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`data/${index}`, `${index}\n`.repeat(500)]),
    ),
  });
  const other = box.files("other", {
    Dockerfile: "FROM busybox\nCOPY . /other\n",
    big: "o".repeat(8_000_000),
  });
  box.shale("build", "-t", "other", other);
  archive = join(box.work, "other.tar");
  box.shale("save", "-o", archive, "other");
}, 60_000);

afterAll(() => box[Symbol.dispose]());

describe("kill -9 at twenty random moments", () => {
  test("of build, load and rmi", async () => {
    const commands = [
      ["build", "--no-cache", "-t", "crashed", context],
      ["load", "-i", archive],
      ["rmi", "-f", "crashed", "other"],
    ];
    const times = commands.map((command) => timeOf(box, command));
    let killed = 0;
    for (let round = 0; round < KILLS; round++) {
      const moment = Math.random() * times[round % 3]!;
      if (await killAfter(box, commands[round % 3]!, moment)) killed++;
      expect(box.run(["images"]).code).toBe(0);
      expect(box.run(["system", "df"]).code).toBe(0);
    }
    expect(killed).toBeGreaterThan(5);
  }, 120_000);

  test("a repeat succeeds", () => {
    box.shale("build", "-t", "crashed", context);
    box.shale("load", "-i", archive);
    expect(box.shale("run", "--rm", "--network", "none", "crashed", "wc", "-c", "/s")).toBe(
      "4194304 /s",
    );
  }, 30_000);

  test("no process, mount or network link stays", () => {
    const processes = execute(["ps", "-eo", "args"]).split("\n");
    expect(processes.filter((line) => line.includes(box.root))).toEqual([]);
    expect(execute(["findmnt", "-rno", "TARGET"])).not.toContain(box.root);
  });

  test("removing everything leaves an empty store", () => {
    const ids = [...new Set(box.shale("images", "-aq").split("\n"))].filter(Boolean);
    box.shale("rmi", "-f", ...ids);
    box.shale("builder", "prune", "-af");
    box.shale("image", "prune", "-af");
    expect(readdirSync(join(box.root, "blobs", "sha256"))).toEqual([]);
    expect(readdirSync(join(box.root, "snapshots"))).toEqual([]);
    expect(readdirSync(join(box.root, "ingest"))).toEqual([]);
  }, 30_000);
});
