import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { parseSignal } from "#kernel";
import type { Digest } from "#oci";
import { Supervised, signalContainer } from "#runtime";
import type {
  AttachOptions,
  ContainerInspect,
  ContainerService,
  ContainerStreams,
  ContainerSummary,
  CreateOptions,
  ExitStatus,
  Migration,
  RemoveOptions,
  TerminalSize,
} from "./container-service.ts";
import { type ContainerStore, exitsOf, placesOf, runtimeOf } from "./container-store.ts";
import { createContainer } from "./create.ts";
import { findContainer } from "./find.ts";
import { finishContainer } from "./finish.ts";
import { inspectContainer, summarize } from "./inspect.ts";
import { type Container, parseContainer } from "./record.ts";
import { removeContainer } from "./remove.ts";
import { type Started, startContainer } from "./start.ts";
import { isUp } from "./status.ts";
import { OrderedStreams } from "./streams.ts";

/** Containers of the store in this process; they outlive it under their supervisors. */
export class LocalContainers implements ContainerService {
  readonly #store: ContainerStore;
  /** The lines to containers that were asked for here. */
  readonly #lines = new Map<string, OrderedStreams[]>();
  /** Of containers that this process started. */
  readonly #started = new Map<string, Started>();

  constructor(store: ContainerStore) {
    this.#store = store;
  }

  async create(options: CreateOptions) {
    const { id, name } = await createContainer(this.#store, options);
    return { id, name, warnings: [] };
  }

  async start(name: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { id } = this.#find(name);
    const connect = (supervised: Supervised) => {
      for (const streams of this.#lines.get(id) ?? []) streams.connect(supervised);
    };
    const started = await startContainer(this.#store, id, { ...options, connect });
    if (started) this.#started.set(id, started);
  }

  async attach(name: string, options: AttachOptions): Promise<ContainerStreams> {
    const container = this.#find(name);
    const streams = new OrderedStreams(options);
    if (isUp(container.status)) streams.connect(this.#supervised(container));
    this.#lines.set(container.id, [...(this.#lines.get(container.id) ?? []), streams]);
    return streams;
  }

  async wait(name: string, options: { signal?: AbortSignal } = {}): Promise<ExitStatus> {
    const container = this.#find(name);
    const { id, status, record } = container;
    if (!isUp(status)) return exitStatus(record.exitCode, record.error);
    const exitCode = await this.#supervised(container).waitExit(options.signal);
    await finishContainer(this.#store, id, { exitCode, targets: this.#started.get(id)?.targets });
    this.#started.delete(id);
    this.#lines.delete(id);
    return { exitCode };
  }

  async kill(name: string, signal = "SIGKILL"): Promise<void> {
    const number = parseSignal(signal);
    const container = this.#find(name);
    const { id, status } = container;
    if (!isUp(status))
      fail("conflict", `Cannot kill container: ${name}: Container ${id} is not running`);
    signalContainer(runtimeOf(this.#store, container), id, number);
  }

  async resize(name: string, size: TerminalSize): Promise<void> {
    const { id, status } = this.#find(name);
    if (!isUp(status)) fail("conflict", `cannot resize container ${name}: it is not running`);
    for (const streams of this.#lines.get(id) ?? []) streams.resize(size);
  }

  async remove(name: string, options: RemoveOptions = {}): Promise<void> {
    await removeContainer(this.#store, this.#find(name), options);
  }

  async list({ all = false }: { all?: boolean } = {}): Promise<ContainerSummary[]> {
    const rows = this.#store.state.containers.list();
    const containers = rows.map(parseContainer);
    const shown = containers.filter(({ status }) => all || isUp(status));
    const names = await this.#resolve(shown.map(({ record }) => record.config.Image));
    return shown.map((one) => summarize(one, names.get(one.record.config.Image)));
  }

  async inspect(name: string): Promise<ContainerInspect> {
    const container = this.#find(name);
    const { bundle, log } = placesOf(this.#store, container.id);
    const { driver } = await this.#store.snapshotter();
    return inspectContainer(container, { files: bundle, log, driver });
  }

  async export(name: string, options: { signal?: AbortSignal } = {}): Promise<Bytes> {
    const { exportContainer } = await import("./export.ts");
    return exportContainer(this.#store, this.#find(name), options);
  }

  async migrate(): Promise<Migration> {
    const { migrateStore } = await import("./migrate.ts");
    return await migrateStore(this.#store);
  }

  async reconcile(): Promise<void> {
    const { reconcile } = await import("./reconcile.ts");
    await reconcile(this.#store);
  }

  /** The image that each name stands for now. */
  async #resolve(names: readonly string[]): Promise<Map<string, Digest | undefined>> {
    const found = [...new Set(names)].map(async (name) => {
      const image = await this.#store.images.resolve(name).catch(() => undefined);
      return [name, image?.id] as const;
    });
    return new Map(await Promise.all(found));
  }

  #find(name: string): Container {
    return findContainer(this.#store.state.containers, name);
  }

  /** With what this process knows of it, or as any other finds it. */
  #supervised(container: Container): Supervised {
    const { id, name, record } = container;
    const own = this.#started.get(id)?.supervised;
    if (own) return own;
    const { runtimeDirectory } = this.#store;
    const runtime = runtimeOf(this.#store, container);
    const monitor = record.monitor ?? fail("data-loss", `container ${name} has no supervisor`);
    const directory = placesOf(this.#store, id).bundle;
    const bundle = { directory, program: "", terminal: record.config.Tty ?? false };
    return new Supervised({
      runtime,
      id,
      bundle,
      exitDirectory: exitsOf(runtimeDirectory),
      monitor,
    });
  }
}

function exitStatus(exitCode: number, error: string): ExitStatus {
  return { exitCode, ...(error !== "" && { error }) };
}
