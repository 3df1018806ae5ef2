import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directory = mkdtempSync(join(tmpdir(), "network-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Needs root and unshare. */
test.skipIf(process.getuid?.() !== 0).each([
  ["root", ["-m"]],
  ["root of a user namespace", ["-m", "-U", "--map-root-user"]],
])("%s visits network namespaces and comes back", (who, namespaces) => {
  const program = join(import.meta.dir, "testdata/network-visit.ts");
  const argv = [process.execPath, program, join(directory, who.replaceAll(" ", "-"))];
  const { stdout } = Bun.spawnSync(["unshare", ...namespaces, ...argv], { stderr: "inherit" });
  const visit = { inside: "7", absent: true, outside: "64", isBack: true };
  expect(JSON.parse(stdout.toString())).toEqual(visit);
});
