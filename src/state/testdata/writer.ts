import type { Digest } from "#oci";
import { openState } from "../index.ts";

const [root, name, mode] = process.argv.slice(2) as [string, string, string];
using state = openState(root);

function count(turn: number): void {
  state.transaction(() => {
    const before = Number(state.facts.get("test", "count") ?? 0);
    const id = `${name}:${turn}` as Digest;
    state.images.put({ id, manifest: id, created: 0, size: 0, added: 0 });
    state.facts.put("test", "count", String(before + 1));
  });
}

if (mode === "count") for (let turn = 0; turn < 100; turn++) count(turn);

if (mode === "forever")
  for (let turn = 0; ; turn++) {
    count(turn);
    Bun.sleepSync(1);
    if (turn === 5) process.stdout.write("going\n");
  }

if (mode === "lease") {
  using lease = state.leases.open("test");
  lease.hold("blob", `of-${name}`);
  process.stdout.write("held\n");
  await Bun.sleep(60_000);
}
