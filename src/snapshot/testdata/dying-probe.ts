import { mountAll } from "#kernel";
import { openState } from "#state";
import { Directories } from "../directories.ts";
import { inScratch } from "../scratch.ts";

/** Mounts something where drivers are tried, and stays. */
const root = process.argv[2]!;
using state = openState(root);
await inScratch(state, new Directories(root), async (place) => {
  mountAll([{ type: "tmpfs", source: "tmpfs", options: [] }], place);
  process.stdout.write("mounted\n");
  await Bun.sleep(60_000);
});
