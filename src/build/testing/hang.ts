// Builds a RUN that never ends, for a test that kills this process.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { BUSYBOX, openFixture } from "./build-fixture.ts";

const fixture = openFixture();
const context = fixture.context({});
copyFileSync("/bin/busybox", join(context, "busybox"));
const { root, runtimeDirectory } = fixture;
const push = fixture.events.push.bind(fixture.events);
fixture.events.push = (...events) => {
  if (events.some(({ type }) => type === "log"))
    process.stdout.write(`${JSON.stringify({ root, runtimeDirectory })}\n`);
  return push(...events);
};
await fixture.build(context, `${BUSYBOX}RUN echo started; sleep 60\n`);
