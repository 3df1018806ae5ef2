import { lstatSync } from "node:fs";
import { systemPath } from "#bytes";
import { fail } from "#errors";
import { type LayerEntry, writeLayer } from "#layer";
import { digestOf } from "#oci";
import type { TarTime } from "#tar";
import { parseFileMode } from "../../compile/file-mode.ts";
import { listFiles } from "../../context/file-list.ts";
import { stampOf } from "../../context/fingerprint.ts";
import type { SourceTree } from "../../context/source-tree.ts";
import { ignoreFilter } from "../../load-dockerfile.ts";
import type { CopyOperation, Document } from "../../plan.ts";
import type { BuildSession } from "../../session.ts";
import type { RootState } from "../../solver/root-state.ts";
import type { Vertex } from "../../solver/solver.ts";
import { type Owner, ROOT_OWNER, resolveOwnerIn } from "../owner.ts";
import { type CopyRules, checkReplaceable, copySource, placeFor } from "./copy-tree.ts";
import { Destination } from "./destination.ts";
import type { FetchedFile } from "./fetch-url.ts";
import type { CopyInput, ResolvedSource } from "./prepare-copy.ts";
import { emptyRoot } from "./root-view.ts";
import { isArchive, unpackArchive } from "./unpack-archive.ts";

const FETCHED_MODE = 0o600;
const DOCUMENT_MODE = 0o644;

/** A COPY or ADD that knows what it reads, on top of `parent`. */
export function copyVertex(
  operation: CopyOperation,
  input: CopyInput,
  parent: RootState,
  session: BuildSession,
): Vertex {
  return {
    key: copyKey(operation, input, parent),
    async execute() {
      const { tree, sources } = await input.open();
      const copy = await Copy.create(operation, tree, parent, session);
      const row = await session.addLayer(
        writeLayer(copy.files(sources), { signal: session.signal }),
      );
      const result = { layer: row.diffId, size: row.size, created: new Date().toISOString() };
      if (copy.count === 0)
        return { result: { ...result, layer: undefined, size: 0 }, cacheable: true };
      return { result, cacheable: isUntouched(tree, sources) };
    },
  };
}

/** With `--link` and no name to look up the layer is the same on any base. */
function copyKey(operation: CopyOperation, input: CopyInput, parent: RootState) {
  const { destination, chown = "", chmod, unpack, link, documents } = operation;
  const isFree = link && /^[\d:]*$/.test(chown);
  const chain = isFree ? "" : (parent.chain ?? "");
  const words = ["copy", chain, link, input.digest, destination, chown, chmod ?? "", unpack];
  return digestOf(JSON.stringify([...words, operation.sources, operation.exclude, documents]));
}

/** One run of a COPY: makes the entries of its layer. */
class Copy {
  /** How many entries were made. */
  count = 0;
  readonly #operation: CopyOperation;
  readonly #tree: SourceTree;
  readonly #session: BuildSession;
  readonly #destination: Destination;
  readonly #rules: CopyRules;
  readonly #time: TarTime;
  readonly #links = new Map<string, string>();

  static async create(
    operation: CopyOperation,
    tree: SourceTree,
    parent: RootState,
    session: BuildSession,
  ): Promise<Copy> {
    const { chown } = operation;
    const owner = chown === undefined ? undefined : await resolveOwnerIn(parent, chown, session);
    const view = operation.link ? emptyRoot : session.view(parent.layers);
    return new Copy(operation, tree, session, owner, (time) => {
      return new Destination(view, owner ?? ROOT_OWNER, time);
    });
  }

  private constructor(
    operation: CopyOperation,
    tree: SourceTree,
    session: BuildSession,
    owner: Owner | undefined,
    destination: (time: TarTime) => Destination,
  ) {
    this.#operation = operation;
    this.#tree = tree;
    this.#session = session;
    this.#time = { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 };
    this.#destination = destination(this.#time);
    this.#rules = {
      owner,
      keepOwners: operation.from.kind !== "context",
      mode: operation.chmod === undefined ? undefined : parseFileMode(operation.chmod),
      filter: ignoreFilter(operation.exclude),
    };
  }

  async *files(sources: readonly ResolvedSource[]): AsyncGenerator<LayerEntry> {
    await this.#checkDestination(sources);
    for await (const file of this.#all(sources)) {
      this.count++;
      yield file;
    }
  }

  async *#all(sources: readonly ResolvedSource[]): AsyncGenerator<LayerEntry> {
    for (const source of sources) {
      if (source.kind === "fetched") yield* this.#fetched(source.file);
      else for (const selected of source.selected) yield* this.#selected(selected);
    }
    for (const document of this.#operation.documents) yield* this.#document(document);
  }

  async *#selected(source: Extract<ResolvedSource, { kind: "files" }>["selected"][number]) {
    const { unpack, destination } = this.#operation;
    const { signal } = this.#session;
    const path = this.#tree.locate(source.node.path);
    const rules = this.#rules;
    if (unpack && source.node.stats.isFile() && (await isArchive(path, signal)))
      yield* unpackArchive(path, destination, this.#destination, {
        owner: rules.owner,
        spool: () => this.#session.spool(),
        signal,
      });
    else
      yield* copySource(
        { tree: this.#tree, source, path: destination, rules },
        this.#destination,
        this.#links,
      );
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
    const { owner = ROOT_OWNER, mode } = this.#rules;
    const path = yield* placeFor(this.#operation.destination, name, false, this.#destination);
    const found = await checkReplaceable(this.#destination, path, "file");
    const bits = mode?.(attributes.mode, false) ?? attributes.mode;
    const header = { ...attributes, ...owner, path, mode: bits, xattrs: new Map() };
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

/** Whether the files are still those that the key was made of. */
function isUntouched(tree: SourceTree, sources: readonly ResolvedSource[]): boolean {
  const selected = sources.flatMap((source) => (source.kind === "files" ? source.selected : []));
  for (const { path, stats } of listFiles(tree, selected)) {
    const now = lstatSync(systemPath(tree.locate(path)), { throwIfNoEntry: false });
    if (now === undefined || stampOf(now) !== stampOf(stats)) return false;
  }
  return true;
}
