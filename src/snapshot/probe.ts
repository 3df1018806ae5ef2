import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "#errors";
import { bootId } from "#kernel";
import type { State } from "#state";
import { Directories } from "./directories.ts";
import { overlayMode } from "./overlay/options.ts";
import type { DriverName } from "./snapshotter.ts";

/** Whether a driver works here, and if not, why. */
export interface DriverProbe {
  readonly driver: DriverName;
  readonly usable: boolean;
  readonly reason?: string;
}

export interface ProbeOptions {
  readonly root: string;
  readonly state: State;
  /** Whether this process is root of a user namespace only. */
  readonly rootless: boolean;
}

const NAMESPACE = "snapshot-driver";

/**
 * What works here, best first. Overlay is tried by mounting one, once per store and boot of the
 * machine; the outcome is remembered.
 */
export async function probeDrivers(options: ProbeOptions): Promise<DriverProbe[]> {
  return [await probeOverlay(options), { driver: "copy", usable: true }];
}

/** @see probeDrivers */
export async function probeOverlay({ root, state, rootless }: ProbeOptions): Promise<DriverProbe> {
  const key = `${bootId()} ${rootless ? "rootless" : "root"}`;
  const known = state.facts.get(NAMESPACE, key);
  const reason = known ?? (await reasonAgainstOverlay(root, rootless));
  if (known === undefined) remember(state, key, reason);
  return reason === ""
    ? { driver: "overlay", usable: true }
    : { driver: "overlay", usable: false, reason };
}

function remember(state: State, key: string, reason: string): void {
  state.facts.prune(NAMESPACE, Date.now());
  state.facts.put(NAMESPACE, key, reason);
}

/** Empty when an overlay in the store's file system does all that we need of it. */
async function reasonAgainstOverlay(root: string, rootless: boolean): Promise<string> {
  const { base } = new Directories(root);
  const place = join(base, `probe-${crypto.randomUUID()}`);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  try {
    const { tryOverlay } = await import("./overlay/try-overlay.ts");
    tryOverlay(place, overlayMode(rootless));
    return "";
  } catch (error) {
    return messageOf(error);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
