import { join } from "node:path";
import type { Bytes } from "#bytes";
import { openState } from "#state";
import { createSnapshotter, type DriverName } from "../index.ts";
import { file, layerTar, stack } from "./layer-tar.ts";

/** Unpacks one layer in the store given: the whole of it, or all but its end, and stays. */
const [root, driver, mode] = process.argv.slice(2) as [string, DriverName, string];
const tar = layerTar(file("a", "x".repeat(100_000)));
using state = openState(root);
const runtimeDirectory = join(root, "run");
const options = { root, runtimeDirectory, state, rootless: false, driver };
const snapshotter = await createSnapshotter(options);

async function* slowly(): Bytes {
  process.stdout.write("unpacked\n");
  yield tar.subarray(0, 50_000);
  await Bun.sleep(mode === "stuck" ? 60_000 : 50);
  yield tar.subarray(50_000);
}

await snapshotter.unpack({ ...stack(tar)[0]!, tar: slowly });
