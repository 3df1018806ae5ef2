import { expect, test } from "bun:test";
import { join } from "node:path";
import { spawnProcess } from "./index.ts";

const SCRIPT = `
  import { hideInput } from ${JSON.stringify(join(import.meta.dir, "index.ts"))};
  const echo = () => {
    const modes = Bun.spawnSync(["stty", "-a"], { stdin: "inherit" }).stdout.toString();
    return / -echo /.test(modes) ? "hidden" : "shown";
  };
  const seen = [echo()];
  { using _ = hideInput(0); seen.push(echo()); }
  console.log([...seen, echo()].join());
`;

test("a terminal shows nothing of what is typed, until disposed", async () => {
  let text = "";
  const terminal = {
    ...{ rows: 24, columns: 80 },
    onData: (chunk: Uint8Array) => {
      text += Buffer.from(chunk).toString();
    },
  };
  const child = spawnProcess([process.execPath, "-e", SCRIPT], { terminal });
  expect(await child.exited).toEqual({ code: 0 });
  expect(text.trim()).toBe("shown,hidden,shown");
});
