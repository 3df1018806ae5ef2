import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { type LayerEntry, writeLayer } from "#layer";
import type { TarTime } from "#tar";
import { parseFileMode } from "../../compile/file-mode.ts";
import { failReading } from "../../context/reading.ts";
import type { SelectedSource } from "../../context/select.ts";
import type { SourceTree } from "../../context/source-tree.ts";
import { ignoreFilter } from "../../load-dockerfile.ts";
import type { CopyOperation, Document } from "../../plan.ts";
import type { BuildSession } from "../../session.ts";
import { type Owner, ROOT_OWNER } from "../owner.ts";
import { type CopyRules, checkReplaceable, copySource, placeFor } from "./copy-tree.ts";
import { Destination } from "./destination.ts";
import type { FetchedFile } from "./fetch-url.ts";
import type { ResolvedSource } from "./prepare-copy.ts";
import type { RootView } from "./root-view.ts";
import { isArchive, unpackArchive } from "./unpack-archive.ts";

export interface CopyLayerOptions {
  readonly operation: CopyOperation;
  /** Where the sources that are files are. */
  readonly tree: SourceTree;
  /** The root file system that the layer goes on. */
  readonly root: RootView;
  /** Its files; undefined for a layer that is to be the same on any root. */
  readonly below: (() => Promise<SourceTree>) | undefined;
  /** What `--chown` says. */
  readonly owner: Owner | undefined;
  readonly session: BuildSession;
}

const FETCHED_MODE = 0o600;
const DOCUMENT_MODE = 0o644;

/** The layer that a COPY or ADD makes. */
export class CopyLayer {
  readonly #operation: CopyOperation;
  readonly #tree: SourceTree;
  readonly #session: BuildSession;
  readonly #destination: Destination;
  readonly #below: CopyLayerOptions["below"];
  readonly #rules: CopyRules;
  readonly #time: TarTime = { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 };
  readonly #links = new Map<string, string>();
  #count = 0;
  #current: LayerEntry | undefined;

  constructor({ operation, tree, root, below, owner, session }: CopyLayerOptions) {
    const { from, chmod, exclude } = operation;
    this.#operation = operation;
    this.#tree = tree;
    this.#session = session;
    this.#destination = new Destination(root, owner ?? ROOT_OWNER, this.#time);
    this.#below = below;
    this.#rules = {
      owner,
      keepOwners: from.kind !== "context",
      mode: chmod === undefined ? undefined : parseFileMode(chmod),
      filter: ignoreFilter(exclude),
    };
  }

  /** How many entries were made so far. */
  get count(): number {
    return this.#count;
  }

  tar(sources: readonly ResolvedSource[]): Bytes {
    const failWriting = (error: unknown) => this.#failWriting(error);
    return writeLayer(this.#entries(sources), { signal: this.#session.signal, failWriting });
  }

  async *#entries(sources: readonly ResolvedSource[]): AsyncGenerator<LayerEntry> {
    await this.#checkDestination(sources);
    for await (const entry of this.#all(sources)) {
      this.#count++;
      this.#current = entry;
      yield entry;
      this.#current = undefined;
    }
  }

  /** What goes wrong with a file on the way is said of the file, not of its place in the layer. */
  #failWriting(error: unknown): never {
    this.#session.signal.throwIfAborted();
    const content = this.#current?.content;
    const root = `${this.#tree.root}/`;
    if (typeof content !== "string" || !content.startsWith(root)) throw error;
    return failReading(content.slice(root.length), error);
  }

  async *#all(sources: readonly ResolvedSource[]): AsyncGenerator<LayerEntry> {
    for (const source of sources) {
      if (source.kind === "fetched") yield* this.#fetched(source.file);
      else for (const selected of source.selected) yield* this.#selected(selected);
    }
    for (const document of this.#operation.documents) yield* this.#document(document);
  }

  async *#selected(source: SelectedSource): AsyncGenerator<LayerEntry> {
    const { unpack, destination: path } = this.#operation;
    const { signal } = this.#session;
    const { path: name, inode } = source.node;
    if (unpack && inode.type === "file" && (await isArchive(this.#tree.locate(name), signal)))
      yield* this.#unpack(name);
    else {
      const task = { tree: this.#tree, source, path, rules: this.#rules };
      yield* copySource(task, this.#destination, this.#links);
    }
  }

  #unpack(name: string): AsyncGenerator<LayerEntry> {
    const { signal } = this.#session;
    const archive = { name, path: this.#tree.locate(name) };
    const spool = () => this.#session.spool();
    const options = { owner: this.#rules.owner, below: this.#below, spool, signal };
    return unpackArchive(archive, this.#operation.destination, this.#destination, options);
  }

  #fetched({ name, digest, size, mtime }: FetchedFile): AsyncGenerator<LayerEntry> {
    const path = this.#session.store.content.path(digest);
    if (path === undefined) fail("internal", `the fetched file ${digest} is gone`);
    return this.#single(name, { mode: FETCHED_MODE, size, mtime }, path);
  }

  #document({ name, text }: Document): AsyncGenerator<LayerEntry> {
    const bytes = Buffer.from(text);
    const attributes = { mode: DOCUMENT_MODE, size: bytes.length, mtime: this.#time };
    return this.#single(name, attributes, bytes);
  }

  async *#single(
    name: string,
    attributes: { mode: number; size: number; mtime: TarTime },
    content: string | Uint8Array,
  ): AsyncGenerator<LayerEntry> {
    const { owner = ROOT_OWNER, mode: change } = this.#rules;
    const path = yield* placeFor(this.#operation.destination, name, false, this.#destination);
    const found = await checkReplaceable(this.#destination, path, "file");
    const mode = change?.(attributes.mode, false) ?? attributes.mode;
    const header = { ...attributes, ...owner, path, mode, xattrs: new Map() };
    yield* this.#destination.add({ header: { ...header, type: "file" }, content }, found);
  }

  /** Several files cannot all be the one file that the destination names. */
  async #checkDestination(sources: readonly ResolvedSource[]): Promise<void> {
    const { destination, documents, instruction } = this.#operation;
    const counts = sources.map((source) => (source.kind === "files" ? source.selected.length : 1));
    const count = counts.reduce((sum, each) => sum + each, documents.length);
    if (count < 2 || destination.endsWith("/")) return;
    const resolved = await this.#destination.resolve(destination);
    if ((await this.#destination.find(resolved))?.type === "directory") return;
    fail(
      "invalid-argument",
      `When using ${instruction} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
}
