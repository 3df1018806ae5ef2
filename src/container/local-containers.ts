import type { Bytes } from "#bytes";
import { fail, kindOf, messageOf } from "#errors";
import { parseSignal } from "#kernel";
import type { Digest } from "#oci";
import { resizeTerminal, type Supervised } from "#runtime";
import type {
  AttachOptions,
  CommitOptions,
  ContainerService,
  ContainerStats,
  ContainerStreams,
  CopyInOptions,
  CreateOptions,
  DebugOptions,
  ExecConfig,
  ExecStreams,
  ExitStatus,
  Filters,
  ListOptions,
  LogEntry,
  LogOptions,
  Migration,
  RemoveOptions,
  StopOptions,
  TerminalSize,
  UpdateOptions,
  WaitOptions,
} from "./container-service.ts";
import { type ContainerStore, placesOf } from "./container-store.ts";
import { noteEvent } from "./events.ts";
import type { ExecSessions } from "./exec/exec-sessions.ts";
import { findContainer } from "./find.ts";
import type { EndpointConfig } from "./host-config.ts";
import type { Container } from "./record.ts";
import type { Started } from "./start.ts";
import { isUp } from "./status.ts";
import { OrderedStreams } from "./streams.ts";
import { supervisedOf } from "./supervised.ts";

/** Containers of the store in this process; they outlive it under their supervisors. */
export class LocalContainers implements ContainerService {
  readonly #store: ContainerStore;
  /** The lines that were asked for here to containers that are to be started. */
  readonly #lines = new Map<string, OrderedStreams[]>();
  /** Of containers that this process started. */
  readonly #started = new Map<string, Started>();
  #execs: Promise<ExecSessions> | undefined;

  constructor(store: ContainerStore) {
    this.#store = store;
  }

  async create(options: CreateOptions) {
    const { createContainer } = await import("./create.ts");
    return createContainer(this.#store, options);
  }

  async start(name: string, options: { signal?: AbortSignal } = {}): Promise<boolean> {
    const { startContainer } = await import("./start.ts");
    const container = this.#find(name);
    const { id } = container;
    const lines = this.#lines.get(id) ?? [];
    this.#lines.delete(id);
    const connect = (supervised: Supervised) => {
      for (const streams of lines) streams.connect(supervised);
    };
    const attended = lines.length > 0;
    const started = await startContainer(this.#store, container, { ...options, connect, attended });
    if (started && attended) this.#started.set(id, started);
    return started !== undefined;
  }

  async stop(name: string, options: StopOptions = {}): Promise<boolean> {
    const { stopContainer } = await import("./life/stop.ts");
    return stopContainer(this.#store, this.#find(name), options);
  }

  async restart(name: string, options: StopOptions = {}): Promise<void> {
    const { restartContainer } = await import("./life/restart.ts");
    await restartContainer(this.#store, this.#find(name), options);
  }

  async kill(name: string, signal = "SIGKILL"): Promise<void> {
    const number = parseSignal(signal);
    const { killContainer } = await import("./life/stop.ts");
    try {
      await killContainer(this.#store, this.#find(name), number);
    } catch (error) {
      fail(kindOf(error), `Cannot kill container: ${name}: ${messageOf(error)}`, error);
    }
  }

  async pause(name: string): Promise<void> {
    const { pauseContainer } = await import("./life/pause.ts");
    await pauseContainer(this.#store, this.#find(name));
  }

  async unpause(name: string): Promise<void> {
    const { unpauseContainer } = await import("./life/pause.ts");
    await unpauseContainer(this.#store, this.#find(name));
  }

  async wait(name: string, options: WaitOptions = {}): Promise<ExitStatus> {
    const container = this.#find(name);
    const { id } = container;
    const { waitForContainer, waitForEnd } = await import("./life/wait.ts");
    const started = this.#started.get(id);
    if (started === undefined) return waitForContainer(this.#store, container, options);
    const { signal } = options;
    const exitCode = await waitForEnd(this.#store, container, { started, signal });
    this.#started.delete(id);
    return { exitCode };
  }

  async rename(name: string, newName: string): Promise<void> {
    const { renameContainer } = await import("./life/rename.ts");
    await renameContainer(this.#store, this.#find(name), newName);
  }

  async update(name: string, options: UpdateOptions) {
    const { updateContainer } = await import("./life/update.ts");
    return updateContainer(this.#store, this.#find(name), options);
  }

  async remove(name: string, options: RemoveOptions = {}): Promise<void> {
    const { removeContainer } = await import("./remove.ts");
    await removeContainer(this.#store, this.#find(name), options);
  }

  async prune(filters: Filters = {}) {
    const { pruneContainers } = await import("./life/prune.ts");
    return pruneContainers(this.#store, filters);
  }

  async list(options: ListOptions = {}) {
    const { listContainers } = await import("./list.ts");
    return listContainers(this.#store, options);
  }

  async inspect(name: string, options: { size?: boolean } = {}) {
    const { inspectContainer } = await import("./inspect/inspect.ts");
    return inspectContainer(this.#store, this.#find(name), options);
  }

  async top(name: string, psArguments: readonly string[] = []) {
    const { listProcesses } = await import("./stats/top.ts");
    return listProcesses(this.#store, this.#find(name), psArguments);
  }

  async *stats(
    name: string,
    options: { once?: boolean; signal?: AbortSignal } = {},
  ): AsyncGenerator<ContainerStats> {
    const { sampleStats } = await import("./stats/stats.ts");
    yield* sampleStats(this.#store, this.#find(name), options);
  }

  async attach(name: string, options: AttachOptions): Promise<ContainerStreams> {
    const container = this.#find(name);
    const streams = new OrderedStreams(options);
    if (isUp(container.status)) streams.connect(this.#supervised(container));
    else this.#lines.set(container.id, [...(this.#lines.get(container.id) ?? []), streams]);
    noteEvent(this.#store, container, "attach");
    return streams;
  }

  async resize(name: string, size: TerminalSize): Promise<void> {
    const container = this.#find(name);
    const { id, status } = container;
    if (!isUp(status)) fail("conflict", `cannot resize container ${name}: it is not running`);
    resizeTerminal(placesOf(this.#store, id).bundle, size);
    noteEvent(this.#store, container, "resize", {
      height: String(size.rows),
      width: String(size.columns),
    });
  }

  async *logs(name: string, options: LogOptions = {}): AsyncGenerator<readonly LogEntry[]> {
    const { readLogs } = await import("./logs/read-logs.ts");
    yield* readLogs(this.#store, this.#find(name), options);
  }

  async createExec(name: string, config: ExecConfig): Promise<string> {
    return (await this.#sessions()).create(this.#find(name), config);
  }

  async startExec(id: string, streams: ExecStreams) {
    return (await this.#sessions()).start(id, streams);
  }

  async startExecDetached(id: string): Promise<void> {
    await (await this.#sessions()).startDetached(id);
  }

  async inspectExec(id: string) {
    return (await this.#sessions()).inspect(id);
  }

  async resizeExec(id: string, size: TerminalSize): Promise<void> {
    await (await this.#sessions()).resize(id, size);
  }

  async statPath(name: string, path: string) {
    const { statPath } = await import("./files/archive.ts");
    return statPath(this.#store, this.#find(name), path);
  }

  async copyFrom(name: string, path: string, options: { signal?: AbortSignal } = {}) {
    const { copyFrom } = await import("./files/archive.ts");
    return copyFrom(this.#store, this.#find(name), path, options);
  }

  async copyTo(name: string, path: string, archive: Bytes, options: CopyInOptions = {}) {
    const { copyTo } = await import("./files/archive.ts");
    await copyTo(this.#store, this.#find(name), path, archive, options);
  }

  async changes(name: string) {
    const { listChanges } = await import("./files/changes.ts");
    return listChanges(this.#store, this.#find(name));
  }

  async commit(name: string, options: CommitOptions = {}): Promise<{ id: Digest }> {
    const { commitContainer } = await import("./files/commit.ts");
    return commitContainer(this.#store, this.#find(name), options);
  }

  async export(name: string, options: { signal?: AbortSignal } = {}): Promise<Bytes> {
    const { exportContainer } = await import("./files/export.ts");
    return exportContainer(this.#store, this.#find(name), options);
  }

  async createDebug(target: string, options: DebugOptions = {}) {
    const { createDebug } = await import("./debug/create-debug.ts");
    return createDebug(this.#store, target, options);
  }

  async connect(name: string, network: string, endpoint: EndpointConfig = {}): Promise<void> {
    const { connectNetwork } = await import("./networking/connect.ts");
    await connectNetwork(this.#store, this.#find(name), network, endpoint);
  }

  async disconnect(name: string, network: string, options: { force?: boolean } = {}) {
    const { disconnectNetwork } = await import("./networking/connect.ts");
    await disconnectNetwork(this.#store, this.#find(name), network, options);
  }

  async migrate(): Promise<Migration> {
    const { migrateStore } = await import("./migrate.ts");
    return await migrateStore(this.#store);
  }

  async reconcile(): Promise<void> {
    const { reconcile } = await import("./reconcile.ts");
    await reconcile(this.#store);
  }

  async restore(): Promise<readonly string[]> {
    const { restoreContainers } = await import("./life/restore.ts");
    return restoreContainers(this.#store);
  }

  async exited(id: string, exec?: string): Promise<number | undefined> {
    if (exec !== undefined) {
      (await this.#sessions()).ended(exec);
      return undefined;
    }
    const { handleExit } = await import("./life/exited.ts");
    return handleExit(this.#store, id);
  }

  async checkHealth(id: string): Promise<number | undefined> {
    const { checkHealth } = await import("./health/check-health.ts");
    return checkHealth(this.#store, id);
  }

  #find(name: string): Container {
    return findContainer(this.#store.state.containers, name);
  }

  #sessions(): Promise<ExecSessions> {
    this.#execs ??= import("./exec/exec-sessions.ts").then(
      ({ ExecSessions }) => new ExecSessions(this.#store),
    );
    return this.#execs;
  }

  /** With what this process knows of it, or as any other finds it. */
  #supervised(container: Container): Supervised {
    return this.#started.get(container.id)?.supervised ?? supervisedOf(this.#store, container);
  }
}
