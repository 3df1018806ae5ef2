import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { able, Sandbox } from "../../src/container/testing/sandbox.ts";
import { Seat } from "../../src/container/testing/seat.ts";

setDefaultTimeout(30_000);

const DETACH = "\x10\x11";
const INTERRUPT = "\x03";

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("at a terminal", () => {
  const box = new Sandbox();
  const made = ["run", "-it", "--network", "none", "--name", "desk"];
  const status = async () =>
    (await box.run(["ps", "-a", "--filter", "name=desk", "--format", "{{.State}}"])).stdout.trim();

  beforeAll(() => box.open().then(() => undefined));
  afterAll(() => box[Symbol.asyncDispose]());

  test("a container is run, left, found again, entered and ended", async () => {
    const first = new Seat(box, [...made, "box", "sh"], 33, 101);
    await first.type("stty size\n", "33 101");
    first.resize(40, 90);
    await first.type(
      "until [ \"$(stty size)\" = '40 90' ]; do :; done; echo re''sized\n",
      "resized",
    );
    await first.type("echo started; sleep 1000\n", /started\r\n/);
    await first.type(INTERRUPT, /\^C[\s\S]*# /);
    await first.type("echo co''de $?\n", "code 130");
    expect(await first.leave(`mark=here${DETACH}`)).toBe(0);
    expect(await status()).toBe("running");

    const second = new Seat(box, ["attach", "desk"], 25, 70);
    // What was typed before the keys is still there, and the window is the new one.
    const size = "until [ \"$(stty size)\" = '25 70' ]; do :; done; echo si''zed";
    await second.type(`; echo $mark; ${size}\n`, /here\r\nsized/);
    expect(await second.leave(DETACH)).toBe(1);
    expect(second.text).toEndWith("read escape sequence\r\n");

    const entered = new Seat(box, ["exec", "-it", "desk", "/bin/sh"], 20, 60);
    await entered.type("stty size; tty\n", /20 60\r\n\/dev\/pts\/1/);
    entered.resize(21, 61);
    await entered.type(
      "until [ \"$(stty size)\" = '21 61' ]; do :; done; echo re''sized\n",
      "resized",
    );
    await entered.type("echo started; sleep 1000\n", /started\r\n/);
    await entered.type(INTERRUPT, /\^C[\s\S]*# /);
    expect(await entered.leave("exit 9\n")).toBe(9);

    const third = new Seat(box, ["attach", "--detach-keys", "x,y", "desk"]);
    await third.type("echo no $((1 + 1))\n", "no 2");
    expect(await third.leave("xy")).toBe(1);

    const last = new Seat(box, ["attach", "desk"]);
    expect(await last.leave("exit 7\n")).toBe(7);
    expect(await status()).toBe("exited");
    expect((await box.run(["logs", "desk"])).stdout).toContain("no 2\r\n");
    await box.run(["rm", "desk"]);
  });

  test("one who is killed, and one who reads no more, leave the container running", async () => {
    const killed = box.spawn([...made, "box", "sh", "-c", "echo up; sleep 1000"], {
      terminal: { rows: 24, cols: 80 },
    });
    while ((await status()) !== "running") await Bun.sleep(10);
    killed.kill("SIGKILL");
    await killed.exited;
    expect((await box.run(["exec", "desk", "echo", "alive"])).stdout).toBe("alive\n");
    await box.run(["rm", "-f", "desk"]);

    const reading = box.spawn(["run", "--network", "none", "--name", "desk", "box", "yes"], {
      stdout: "pipe",
      stderr: "ignore",
    });
    const reader = (reading.stdout as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    expect(await reading.exited).toBe(141);
    expect(await status()).toBe("running");
    await box.run(["rm", "-f", "desk"]);
    expect(box.leftovers()).toEqual([]);
  });

  test("several are attached at once, and each gets its exit code", async () => {
    const script = "read line; echo got $line; exit 5";
    const asked = ["run", "-i", "--network", "none", "--name", "desk", "box", "sh", "-c", script];
    const first = box.spawn(asked, { stdin: "pipe", stdout: "pipe" });
    while ((await status()) !== "running") await Bun.sleep(10);
    const second = box.spawn(["attach", "--no-stdin", "desk"], { stdout: "pipe" });
    const { stdout: id } = await box.run(["ps", "-q", "--no-trunc"]);
    const events = ["events", "--since", "1m", "--until", "0s", "--filter", "event=attach"];
    const attached = async () => (await box.run(events)).stdout.split(id.trim()).length - 1;
    while ((await attached()) < 2) await Bun.sleep(10);
    const typed = first.stdin as unknown as Bun.FileSink;
    typed.write("word\n");
    await typed.flush();
    for (const one of [first, second]) {
      expect(await new Response(one.stdout as never).text()).toBe("got word\n");
      expect(await one.exited).toBe(5);
    }
    await box.run(["rm", "desk"]);
  });
});
