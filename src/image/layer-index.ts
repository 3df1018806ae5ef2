import { posix } from "node:path";
import type { DiffId } from "#oci";
import type { TarHeader } from "#tar";
import type { ImageStore } from "./image-store.ts";
import { walkLayer } from "./layer-walk.ts";

/** What one layer says of a path. */
export interface IndexedEntry
  extends Pick<TarHeader, "type" | "mode" | "uid" | "gid" | "size" | "linkPath"> {
  /** Which entry of the layer it is, from 0. */
  readonly ordinal: number;
  /** A directory that has no entry of its own, only entries in it. */
  readonly implied: boolean;
}

/** The paths of one layer, without a leading slash; "" is the root. */
export interface LayerIndex {
  readonly entries: ReadonlyMap<string, IndexedEntry>;
  /** Paths that it takes away. */
  readonly whiteouts: ReadonlySet<string>;
  /** Directories of which it takes away all that lower layers have. */
  readonly opaques: ReadonlySet<string>;
}

const MOST_KEPT = 128;
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

const kept = new WeakMap<object, Map<DiffId, Promise<LayerIndex>>>();

/** The index of a layer, made once in a process. */
export function indexLayer(store: ImageStore, diffId: DiffId): Promise<LayerIndex> {
  const indexes = kept.get(store.content) ?? new Map<DiffId, Promise<LayerIndex>>();
  kept.set(store.content, indexes);
  const known = indexes.get(diffId);
  if (known) return known;
  const made = makeIndex(store, diffId);
  if (indexes.size >= MOST_KEPT) indexes.delete(indexes.keys().next().value!);
  indexes.set(diffId, made);
  made.catch(() => indexes.delete(diffId));
  return made;
}

/** The content of one file of a layer. */
export async function readLayerFile(
  store: ImageStore,
  diffId: DiffId,
  { ordinal, size }: IndexedEntry,
): Promise<Uint8Array> {
  const content = new Uint8Array(size);
  let at = -1;
  await walkLayer(store, diffId, {
    entry: () => ++at === ordinal,
    data: (chunk, position) => content.set(chunk, position),
    isDone: () => at > ordinal,
  });
  return content;
}

async function makeIndex(store: ImageStore, diffId: DiffId): Promise<LayerIndex> {
  const entries = new Map<string, IndexedEntry>();
  const whiteouts = new Set<string>();
  const opaques = new Set<string>();
  let ordinal = 0;
  const entry = (header: TarHeader) => {
    const path = posix.normalize(`/${header.path}`).slice(1);
    const name = posix.basename(path);
    const directory = posix.dirname(`/${path}`).slice(1);
    if (name === OPAQUE) opaques.add(directory);
    else if (name.startsWith(WHITEOUT)) whiteouts.add(posix.join(directory, name.slice(4)));
    else entries.set(path, { ...attributesOf(header), ordinal, implied: false });
    imply(entries, directory);
    ordinal++;
    return false;
  };
  await walkLayer(store, diffId, { entry, data() {}, isDone: () => false });
  return { entries, whiteouts, opaques };
}

const IMPLIED = { type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0, ordinal: -1 } as const;

function imply(entries: Map<string, IndexedEntry>, directory: string): void {
  for (let at = directory; at !== "" && !entries.has(at); at = posix.dirname(`/${at}`).slice(1))
    entries.set(at, { ...IMPLIED, implied: true });
}

function attributesOf({ type, mode, uid, gid, size, linkPath }: TarHeader) {
  return { type, mode, uid, gid, size, ...(linkPath !== undefined && { linkPath }) };
}
