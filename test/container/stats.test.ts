// Real containers: what takes longer than the inner loop may. Needs root, crun and conmon.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerStats } from "../../src/container/container-service.ts";
import { readV2 } from "../../src/container/stats/cgroup-v2.ts";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";

setDefaultTimeout(30_000);

test("a control group of v2 in Docker's names and units", () => {
  const group = mkdtempSync(join(tmpdir(), "shale-cgroup-"));
  const files = {
    "cpu.stat": "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nthrottled_usec 7\n",
    "memory.current": "4096\n",
    "memory.max": "max\n",
    "memory.stat": "anon 1\ninactive_file 2\n",
    "pids.current": "3\n",
    "pids.max": "5\n",
    "io.stat": "254:0 rbytes=512 wbytes=1024 rios=1 wios=2 dbytes=0 dios=0\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(group, name), text);
  expect(readV2(new Map([["", group]]))).toMatchObject({
    cpu: {
      cpu_usage: { total_usage: 30_000, usage_in_usermode: 20_000, usage_in_kernelmode: 10_000 },
      throttling_data: { periods: 4, throttled_periods: 0, throttled_time: 7000 },
    },
    memory: { usage: 4096, stats: { anon: 1, inactive_file: 2 } },
    pids: { current: 3, limit: 5 },
    blkio: {
      io_service_bytes_recursive: [
        { major: 254, minor: 0, op: "read", value: 512 },
        { major: 254, minor: 0, op: "write", value: 1024 },
      ],
      io_serviced_recursive: null,
    },
  });
  rmSync(group, { recursive: true });
});

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("a container's use", () => {
  const box = new Sandbox();
  beforeAll(() => box.open().then(() => undefined));
  afterAll(() => box[Symbol.asyncDispose]());

  test("is told while it runs, its processes are listed, and the kernel's kill is recorded", async () => {
    await using engine = await box.engine();
    const containers = await engine.containers();
    const config = { Image: "box", Cmd: ["sleep", "1000"] };
    const hostConfig = { NetworkMode: "none", PidsLimit: 9 };
    const { id } = await containers.create({ config, hostConfig });
    expect(await firstOf(containers.stats(id, { once: true }))).toMatchObject({ memory_stats: {} });
    expect(containers.top(id)).rejects.toThrow(`Container ${id} is not running`);
    await containers.start(id);
    const sample = await firstOf(containers.stats(id, { once: true }));
    expect(sample).toMatchObject({ id, pids_stats: { current: 1, limit: 9 } });
    expect(sample).not.toHaveProperty("networks");
    const { titles, processes } = await containers.top(id, ["-o", "pid,args"]);
    expect([titles, processes.map(([, command]) => command)]).toEqual([
      ["PID", "COMMAND"],
      ["sleep 1000"],
    ]);
    expect(containers.top(id, ["-eo", "comm"])).rejects.toThrow("Couldn't find PID field");
    await containers.remove(id, { force: true });
  });

  test("of more memory than it may have ends it, which is recorded", async () => {
    await using engine = await box.engine();
    const containers = await engine.containers();
    const script = "x=$(yes | busybox head -c 50000000); echo $x";
    const config = { Image: "box", Cmd: ["sh", "-c", script] };
    const hostConfig = { NetworkMode: "none", Memory: 8 << 20 };
    const { id } = await containers.create({ config, hostConfig });
    await containers.start(id);
    expect(await containers.wait(id)).toMatchObject({ exitCode: 137 });
    expect(await containers.inspect(id)).toMatchObject({ State: { OOMKilled: true } });
    await containers.remove(id);
  });
});

async function firstOf(samples: AsyncIterable<ContainerStats>): Promise<ContainerStats> {
  for await (const sample of samples) return sample;
  throw new Error("there is no sample");
}
