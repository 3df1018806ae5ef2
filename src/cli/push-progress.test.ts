import { describe, expect, test } from "bun:test";
import type { PushEvent } from "#image";
import { openPushProgress } from "./push-progress.ts";
import { digestOfDigit } from "./testing/images.ts";

const [TOP, BASE, MADE] = ["a", "b", "c"].map(digestOfDigit) as [never, never, never];
const sent = (digest: never, how: "pushed" | "exists" | "mounted"): PushEvent => ({
  kind: "sent",
  digest,
  blob: { digest: MADE, size: 7, how, ...(how === "mounted" && { from: "a/bb" }) },
});

function recording(isTerminal: boolean, columns = 120) {
  let text = "";
  const output = {
    ...{ isTerminal, columns, rows: 24 },
    write(data: string | Uint8Array) {
      text += data.toString();
    },
  };
  return { output, text: () => text };
}

const EVENTS: PushEvent[] = [
  { kind: "repository", name: "localhost:5000/app" },
  { kind: "preparing", digest: TOP },
  { kind: "preparing", digest: BASE },
  { kind: "sending", digest: BASE, read: 50e6, total: 170e6, sent: 20e6 },
  sent(BASE, "pushed"),
  sent(TOP, "exists"),
  { kind: "pushed", tag: "1", digest: MADE, size: 527 },
];

describe("where nobody watches", () => {
  test("docker's lines", () => {
    const { output, text } = recording(false);
    const progress = openPushProgress({ output });
    for (const event of EVENTS) progress.handle(event);
    progress.handle(sent(TOP, "mounted"));
    progress.end();
    expect(text()).toBe(`The push refers to repository [localhost:5000/app]
aaaaaaaaaaaa: Preparing
bbbbbbbbbbbb: Preparing
bbbbbbbbbbbb: Pushed
aaaaaaaaaaaa: Layer already exists
1: digest: ${MADE} size: 527
aaaaaaaaaaaa: Mounted from a/bb
`);
  });
});

describe("on a terminal", () => {
  test("each layer, the totals, the speed and the time that is left", async () => {
    const { output, text } = recording(true);
    let now = 0;
    const progress = openPushProgress({ output, verb: "copy", now: () => now });
    for (const event of EVENTS.slice(0, 3)) progress.handle(event);
    now = 10_000;
    progress.handle(EVENTS[3]!);
    progress.note("the registry is busy");
    const shown = text().split("the registry is busy\n")[1]!;
    expect(shown).toContain("aaaaaaaaaaaa: Waiting\n");
    expect(shown).toContain(`bbbbbbbbbbbb: Copying  [${"=".repeat(15)}>`);
    expect(shown).toContain("50MB/170MB  20MB sent\n");
    expect(shown).toContain("0 of 2 layers done, 20MB sent, 2MB/s, 24 seconds left\n");
    progress[Symbol.dispose]();
  });

  test("leaves what came of each layer, and the digest", () => {
    const { output, text } = recording(true);
    const progress = openPushProgress({ output });
    for (const event of EVENTS) progress.handle(event);
    progress.end();
    expect(text()).toEndWith(
      `aaaaaaaaaaaa: Layer already exists\nbbbbbbbbbbbb: Pushed\n1: digest: ${MADE} size: 527\n\x1b[?25h`,
    );
  });
});
