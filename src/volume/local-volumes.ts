import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import type { Filters } from "#filters";
import { lockFile } from "#kernel";
import type { State, VolumeRow } from "#state";
import { checkDriver, isMounted, LOCAL } from "./driver.ts";
import { noteVolume } from "./events.ts";
import { volumePlaces } from "./places.ts";
import { describeVolume } from "./volume-document.ts";
import { checkVolumeName, generateVolumeName } from "./volume-name.ts";
import type {
  ClaimedVolume,
  CreateVolumeOptions,
  VolumeDocument,
  Volumes,
} from "./volume-service.ts";

/** As Docker marks those that nobody has named. */
const ANONYMOUS_LABEL = "com.docker.volume.anonymous";

/**
 * Volumes as directories `volumes/<name>/_data` of the store. A record comes before its directory
 * and goes with it: a directory that is missing is made when it is needed.
 */
export class LocalVolumes implements Volumes {
  readonly #root: string;
  readonly #state: State;

  constructor(root: string, state: State) {
    this.#root = root;
    this.#state = state;
  }

  async create(options: CreateVolumeOptions = {}): Promise<VolumeDocument> {
    const { name = generateVolumeName(), ...how } = options;
    const wanted = { ...how, name, anonymous: options.name === undefined };
    return this.#describe(this.#state.transaction(() => this.#ensure(wanted)));
  }

  async list(filters: Filters = {}): Promise<VolumeDocument[]> {
    const { filterVolumes } = await import("./volume-filter.ts");
    return filterVolumes(this.#state, filters).map((row) => this.#describe(row));
  }

  async inspect(name: string): Promise<VolumeDocument> {
    return this.#describe(this.#get(name));
  }

  async remove(name: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    if (force && !this.#state.volumes.get(name)) return;
    this.#get(name);
    const { removeVolume } = await import("./remove.ts");
    removeVolume(this.#root, this.#state, name);
  }

  async prune(filters: Filters = {}) {
    const { pruneVolumes } = await import("./prune.ts");
    return pruneVolumes(this.#root, this.#state, filters);
  }

  directoryOf(name: string): string {
    return this.#places(name).data;
  }

  claim(volume: ClaimedVolume, container: string): void {
    this.#ensure(volume);
    this.#state.volumes.use(volume.name, container);
  }

  async open(name: string, container: string): Promise<string> {
    const { options } = this.#get(name);
    const places = this.#places(name);
    makeDirectory(places.data);
    if (!isMounted(options)) return places.data;
    const { mountVolume } = await import("./mounting.ts");
    await mountVolume(places, options, container);
    return places.data;
  }

  async fill(name: string, origin: string, part?: string): Promise<void> {
    const { home, data, lock } = this.#places(name);
    const { fillDirectory, copyIfEmpty } = await import("./fill.ts");
    await using _ = await lockFile(lock, "exclusive");
    // What is mounted has no room beside it for what is not in place yet.
    const isApart = part !== undefined || isMounted(this.#get(name).options);
    if (isApart) await copyIfEmpty(origin, part ?? data);
    else await fillDirectory({ target: data, origin, draft: join(home, "fill") });
  }

  async close(container: string): Promise<void> {
    for (const { name, options } of this.#state.volumes.list()) {
      if (!isMounted(options)) continue;
      const { unmountVolume } = await import("./mounting.ts");
      await unmountVolume(this.#places(name), container);
    }
  }

  /** The volume of this name, made when missing; to be called in a transaction. */
  #ensure(wanted: ClaimedVolume): VolumeRow {
    const { name, driver = LOCAL } = wanted;
    const found = this.#state.volumes.get(name);
    if (found === undefined) return this.#record(wanted);
    if (found.driver !== driver)
      fail("conflict", `create ${name}: it is there with driver ${found.driver}`);
    makeDirectory(this.#places(name).data);
    return found;
  }

  #record({
    name,
    driver = LOCAL,
    options = {},
    labels = {},
    anonymous,
  }: ClaimedVolume): VolumeRow {
    checkDriver(checkVolumeName(name), driver, options);
    const marked = anonymous ? { ...labels, [ANONYMOUS_LABEL]: "" } : labels;
    const row = { name, driver, labels: marked, options, anonymous, created: Date.now() };
    this.#state.volumes.create(row);
    noteVolume(this.#state, name, "create");
    makeDirectory(this.#places(name).data);
    return row;
  }

  #get(name: string): VolumeRow {
    return this.#state.volumes.get(name) ?? fail("not-found", `get ${name}: no such volume`);
  }

  #places(name: string) {
    return volumePlaces(this.#root, name);
  }

  #describe(row: VolumeRow): VolumeDocument {
    return describeVolume(row, this.directoryOf(row.name));
  }
}

/** Nobody but the owner gets to what volumes hold; what is in them has modes of its own. */
function makeDirectory(data: string): void {
  mkdirSync(join(data, ".."), { recursive: true, mode: 0o700 });
  mkdirSync(data, { recursive: true, mode: 0o755 });
}
