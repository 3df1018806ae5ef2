import { closeSync, lstatSync, openSync, readSync } from "node:fs";
import { systemPath } from "#bytes";
import type { FactTable } from "#state";
import { isFresh, stampOf } from "./fingerprint.ts";
import { reading } from "./reading.ts";
import type { SourceNode, SourceTree } from "./source-tree.ts";

const NAMESPACE = "build-file-digests";
const BUFFER_BYTES = 1 << 20;
/** Directories in memory at once: a large tree is put away in parts. */
const MOST_OPEN = 256;
const KEEP_MS = 30 * 24 * 3600 * 1000;

interface Known {
  readonly stamp: string;
  readonly digest: string;
}

/** What is known of the files of one directory, by name. */
interface Directory {
  readonly files: Map<string, Known>;
  readonly used: Set<string>;
  changed: boolean;
}

/**
 * Digests of file contents, remembered per directory with the stamps the files had: after a
 * change only the changed files are read again. `flush` keeps what was learnt.
 */
export class FileDigests {
  readonly #facts: FactTable;
  readonly #directories = new Map<string, Directory>();
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);

  constructor(facts: FactTable) {
    this.#facts = facts;
  }

  /** The sha256 of a regular file's bytes, in hex. */
  of(tree: SourceTree, node: SourceNode): string {
    const slash = node.path.lastIndexOf("/");
    const directory = this.#directory(tree.locate(node.path.slice(0, Math.max(slash, 0))));
    const name = node.path.slice(slash + 1);
    const stamp = stampOf(node.stats);
    directory.used.add(name);
    const known = directory.files.get(name);
    if (known?.stamp === stamp) return known.digest;
    const now = Date.now();
    const digest = reading(node.path, () => this.#read(tree.locate(node.path)));
    if (!isFresh(node.stats, now)) {
      directory.files.set(name, { stamp, digest });
      directory.changed = true;
    }
    return digest;
  }

  /** Keeps what was learnt and forgets what was read. */
  flush(): void {
    this.#store();
    this.#facts.prune(NAMESPACE, Date.now() - KEEP_MS);
  }

  #store(): void {
    const changed = [...this.#directories].filter(([, directory]) => directory.changed);
    const rows = changed.map(([path, directory]) => [path, format(path, directory)] as const);
    if (rows.length > 0) this.#facts.putAll(NAMESPACE, rows);
    this.#directories.clear();
  }

  #directory(path: string): Directory {
    const open = this.#directories.get(path);
    if (open !== undefined) return open;
    if (this.#directories.size >= MOST_OPEN) this.#store();
    const files = parse(this.#facts.get(NAMESPACE, path));
    const directory = { files, used: new Set<string>(), changed: false };
    this.#directories.set(path, directory);
    return directory;
  }

  #read(path: string): string {
    const hash = new Bun.CryptoHasher("sha256");
    const fd = openSync(systemPath(path), "r");
    try {
      for (;;) {
        const count = readSync(fd, this.#buffer, 0, BUFFER_BYTES, null);
        hash.update(this.#buffer.subarray(0, count));
        if (count < BUFFER_BYTES) return hash.digest("hex");
      }
    } finally {
      closeSync(fd);
    }
  }
}

type Row = [name: string, stamp: string, digest: string];

function parse(text: string | undefined): Map<string, Known> {
  const rows = text === undefined ? [] : (JSON.parse(text) as Row[]);
  return new Map(rows.map(([name, stamp, digest]) => [name, { stamp, digest }]));
}

/** Names that this build did not ask for stay while their files do, so that the text is bounded. */
function format(path: string, { files, used }: Directory): string {
  const rows: Row[] = [];
  for (const [name, { stamp, digest }] of files)
    if (used.has(name) || exists(`${path}/${name}`)) rows.push([name, stamp, digest]);
  return JSON.stringify(rows);
}

function exists(path: string): boolean {
  return lstatSync(systemPath(path), { throwIfNoEntry: false }) !== undefined;
}
