import { describe, expect, test } from "bun:test";
import { join } from "node:path";

/** Needs root, unshare, nft and the two kinds of iptables; what is missing is skipped. */
const able = (tool: string) =>
  process.getuid?.() === 0 && ["unshare", "nft", tool].every((name) => Bun.which(name) !== null);

describe.each(["iptables-nft", "iptables-legacy"])("beside Docker's rules in %s", (tool) => {
  test.skipIf(!able(tool))("our packets are let through, once, and nothing else is touched", () => {
    const program = join(import.meta.dir, "testing/forwarding.ts");
    const { stdout } = Bun.spawnSync(["unshare", "-n", "-m", process.execPath, program, tool], {
      stderr: "inherit",
    });
    const { before, during, after } = JSON.parse(stdout.toString()) as Record<string, string>;
    const added = during!.split("\n").filter((line) => !before!.split("\n").includes(line));
    expect(added).toEqual([
      "-A DOCKER-USER -i shtest-w -j ACCEPT",
      "-A DOCKER-USER -o shtest-w -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT",
    ]);
    expect(after).toBe(before!);
  });
});
