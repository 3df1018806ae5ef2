import { mkdirSync, statSync } from "node:fs";
import { messageOf } from "#errors";
import { bootId, statfs } from "#kernel";
import type { State } from "#state";
import { Directories } from "./directories.ts";
import type { ErofsSource } from "./erofs/erofs-mount.ts";
import { type OverlayMode, overlayMode } from "./overlay/options.ts";
import { inScratch } from "./scratch.ts";
import type { DriverName } from "./snapshotter.ts";

/** Whether a driver works here, and if not, why. */
export interface DriverProbe {
  readonly driver: DriverName;
  readonly usable: boolean;
  readonly reason?: string;
  /** Of erofs: whether images are mounted from their files, or by loop devices. */
  readonly source?: ErofsSource;
}

export interface ProbeOptions {
  readonly root: string;
  readonly state: State;
  /** Whether this process is root of a user namespace only. */
  readonly rootless: boolean;
}

const NAMESPACE = "snapshot-drivers";

/**
 * What works here, best first. Drivers are tried by mounting, once per store, its file system and
 * boot of the machine; the outcome is remembered.
 */
export async function probeDrivers(options: ProbeOptions): Promise<DriverProbe[]> {
  const { state, rootless } = options;
  const key = `${bootId()} ${rootless ? "rootless" : "root"} ${placeOf(new Directories(options.root))}`;
  const known = state.facts.get(NAMESPACE, key);
  if (known !== undefined) return JSON.parse(known);
  const probes = await tryDrivers(options);
  state.facts.prune(NAMESPACE, Date.now());
  state.facts.put(NAMESPACE, key, JSON.stringify(probes));
  return probes;
}

/** Which file system the snapshots are on: a store may be moved, or something mounted over it. */
function placeOf({ base }: Directories): string {
  mkdirSync(base, { recursive: true, mode: 0o711 });
  return `${statfs(base).magic.toString(16)}:${statSync(base).dev}`;
}

async function tryDrivers(options: ProbeOptions): Promise<DriverProbe[]> {
  return [
    await withReason("erofs", options, async (place, mode) => {
      const { tryErofs } = await import("./erofs/try-erofs.ts");
      return { source: await tryErofs(place, mode) };
    }),
    await withReason("overlay", options, async (place, mode) => {
      const { tryOverlay } = await import("./overlay/try-overlay.ts");
      tryOverlay(place, mode);
      return {};
    }),
    { driver: "copy", usable: true },
  ];
}

type Attempt = (place: string, mode: OverlayMode) => Promise<Pick<DriverProbe, "source">>;

async function withReason(
  driver: DriverName,
  { root, state, rootless }: ProbeOptions,
  attempt: Attempt,
): Promise<DriverProbe> {
  try {
    const mode = overlayMode(rootless);
    const found = await inScratch(state, new Directories(root), (place) => attempt(place, mode));
    return { driver, usable: true, ...found };
  } catch (error) {
    return { driver, usable: false, reason: messageOf(error) };
  }
}
