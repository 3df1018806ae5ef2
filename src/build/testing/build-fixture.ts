import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openContentStore } from "#content";
import {
  collectGarbage,
  createImageService,
  type ImageStore,
  openLayerIndexes,
  openRootfs,
  readConfig,
} from "#image";
import { createNetwork } from "#network";
import type { Digest, ImageConfig } from "#oci";
import { selectRuntime } from "#runtime";
import { createSnapshotter } from "#snapshot";
import { openState } from "#state";
import { buildDirectories } from "../build-directory.ts";
import type { BuildEvent } from "../build-event.ts";
import type { BuildOptions } from "../build-service.ts";
import { createBuildService } from "../create-build-service.ts";
import type { Containers } from "../ops/run/container-pool.ts";

/** Files by their paths; a number sets the mode of a file without content. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A builder over a store of its own in a temporary directory. */
export interface BuildFixture extends AsyncDisposable {
  readonly root: string;
  readonly runtimeDirectory: string;
  readonly store: ImageStore;
  readonly containers: () => Promise<Containers>;
  /** Writes files into a new directory and gives its path. */
  context(files: Files): string;
  /** Builds, and gives what came of it; the events are kept even when it fails. */
  build(
    context: string | BuildOptions["context"],
    dockerfile: string,
    options?: Partial<BuildOptions> & {
      readonly signal?: AbortSignal;
      /** Hears of every event, too. */
      readonly onEvent?: (event: BuildEvent) => void;
    },
  ): Promise<BuiltImage>;
  readonly events: BuildEvent[];
}

export interface BuiltImage {
  readonly id: Digest;
  readonly config: ImageConfig;
  readonly events: readonly BuildEvent[];
  /** The names of the steps that ran and of those that were remembered. */
  readonly ran: readonly string[];
  readonly cached: readonly string[];
  readonly output: string;
  /** The text of a file. */
  read(path: string): Promise<string | undefined>;
  stat(path: string): ReturnType<ReturnType<typeof openRootfs>["lstat"]>;
}

export function openFixture(): BuildFixture {
  const home = mkdtempSync(join(tmpdir(), "shale-build-"));
  const root = join(home, "store");
  const runtimeDirectory = join(home, "run");
  const state = openState(root);
  const snapshotter = once(() =>
    createSnapshotter({ root, runtimeDirectory, state, rootless: false }),
  );
  const indexes = openLayerIndexes(root);
  const store: ImageStore = { state, content: openContentStore(root), indexes, snapshotter };
  const images = createImageService({ ...store, root });
  const containers = once(async () => openContainers(runtimeDirectory, state));
  const builder = createBuildService({
    ...{ store, images, containers },
    ...buildDirectories(root, runtimeDirectory),
  });
  const events: BuildEvent[] = [];
  let contexts = 0;

  return {
    ...{ root, runtimeDirectory, store, containers, events },
    context(files) {
      const path = join(home, `context-${contexts++}`);
      mkdirSync(path);
      for (const [name, content] of Object.entries(files)) writeInside(join(path, name), content);
      return path;
    },
    async build(context, dockerfile, { signal, onEvent, ...options } = {}) {
      events.length = 0;
      const source =
        typeof context === "string" ? ({ kind: "directory", path: context } as const) : context;
      const wanted = { context: source, dockerfile: { text: dockerfile }, ...options };
      const emit = (event: BuildEvent) => {
        events.push(event);
        onEvent?.(event);
      };
      const { id } = await builder.build(wanted, emit, signal ?? new AbortController().signal);
      return describe(store, id, [...events]);
    },
    async [Symbol.asyncDispose]() {
      if (containers.wasCalled()) await (await containers()).network.remove();
      await collectGarbage(store);
      state[Symbol.dispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** `FROM scratch` with a shell: a static busybox and links to it. */
export const BUSYBOX = "FROM scratch\nCOPY --chmod=755 busybox /bin/sh\n";

async function describe(store: ImageStore, id: Digest, events: BuildEvent[]): Promise<BuiltImage> {
  const config = await readConfig(store.content, id);
  const rootfs = openRootfs(store, config.rootfs.diff_ids);
  const names = new Map<number, string>();
  for (const event of events) if (event.type === "start") names.set(event.step, event.name);
  const over = (cached: boolean) =>
    events.flatMap((event) =>
      event.type === "done" && event.cached === cached ? [names.get(event.step)!] : [],
    );
  return {
    ...{ id, config, events, cached: over(true) },
    ran: over(false).filter((name) => /^\[[^i]/.test(name)),
    output: events.map((event) => (event.type === "log" ? event.text : "")).join(""),
    async read(path) {
      const bytes = await rootfs.readFile(path);
      return bytes && new TextDecoder().decode(bytes);
    },
    stat: (path) => rootfs.lstat(path),
  };
}

function openContainers(runtimeDir: string, state: ReturnType<typeof openState>): Containers {
  const storeId = new Bun.CryptoHasher("sha256").update(runtimeDir).digest("hex").slice(0, 12);
  return {
    runtime: selectRuntime({ stateRoot: join(runtimeDir, "runtime") }),
    network: createNetwork({ storeId, runtimeDir, state }),
  };
}

function writeInside(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function once<T>(make: () => Promise<T>): (() => Promise<T>) & { wasCalled(): boolean } {
  let made: Promise<T> | undefined;
  const call = () => (made ??= make());
  return Object.assign(call, { wasCalled: () => made !== undefined });
}
