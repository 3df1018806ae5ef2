import { AT_FDCWD, closeFd, OpenFlag, openAt, readSome, statAt } from "#kernel";
import type { FactTable } from "#state";
import { isFresh, stampOf } from "./fingerprint.ts";
import { reading } from "./reading.ts";
import type { SourceNode, SourceTree } from "./source-tree.ts";
import { xattrText } from "./xattrs.ts";

const NAMESPACE = "build-file-digests";
const BUFFER_BYTES = 1 << 20;
/** Directories in memory at once: a large tree is put away in parts. */
const MOST_OPEN = 256;
const KEEP_MS = 30 * 24 * 3600 * 1000;

/** What a file brings into a layer beside its name, mode and owner. */
export interface FileRecord {
  /** The sha256 of a regular file in hex, the target of a symlink, the numbers of a device. */
  readonly content: string;
  /** The extended attributes as a text, "" where there are none. */
  readonly xattrs: string;
}

interface Known extends FileRecord {
  readonly stamp: string;
}

/** What is known of the files of one directory, by name. */
interface Directory {
  readonly files: Map<string, Known>;
  readonly used: Set<string>;
  changed: boolean;
}

/**
 * What is in files, remembered per directory with the stamps the files had: after a change only
 * the changed files are read again. `flush` keeps what was learnt.
 */
export class FileRecords {
  readonly #facts: FactTable;
  /** In order of their last use. */
  readonly #directories = new Map<string, Directory>();
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);

  constructor(facts: FactTable) {
    this.#facts = facts;
  }

  /** The record of a file of any type. */
  of(tree: SourceTree, node: SourceNode): FileRecord {
    const slash = node.path.lastIndexOf("/");
    const directory = this.#directory(tree.locate(node.path.slice(0, Math.max(slash, 0))));
    const name = node.path.slice(slash + 1);
    const stamp = stampOf(node.inode);
    directory.used.add(name);
    const known = directory.files.get(name);
    if (known?.stamp === stamp) return known;
    const now = Date.now();
    const record = reading(node.path, () => this.#read(tree, node));
    if (!isFresh(node.inode, now)) {
      directory.files.set(name, { stamp, ...record });
      directory.changed = true;
    }
    return record;
  }

  /** Keeps what was learnt and forgets what was read. */
  flush(): void {
    this.#store(0);
    this.#facts.prune(NAMESPACE, Date.now() - KEEP_MS);
  }

  /** Puts directories away until just so many are left. */
  #store(left: number): void {
    const oldest = [...this.#directories].slice(0, this.#directories.size - left);
    const changed = oldest.filter(([, directory]) => directory.changed);
    const rows = changed.map(([path, directory]) => [path, format(path, directory)] as const);
    if (rows.length > 0) this.#facts.putAll(NAMESPACE, rows);
    for (const [path] of oldest) this.#directories.delete(path);
  }

  #directory(path: string): Directory {
    const directory = this.#directories.get(path) ?? this.#load(path);
    this.#directories.delete(path);
    this.#directories.set(path, directory);
    return directory;
  }

  #load(path: string): Directory {
    if (this.#directories.size >= MOST_OPEN) this.#store(MOST_OPEN / 2);
    const files = parse(this.#facts.get(NAMESPACE, path));
    return { files, used: new Set<string>(), changed: false };
  }

  #read(tree: SourceTree, node: SourceNode): FileRecord {
    const path = tree.locate(node.path);
    const { type, size, deviceMajor, deviceMinor } = node.inode;
    if (type === "file") return this.#readFile(path, size);
    const content = type === "symlink" ? tree.readLink(node) : `${deviceMajor}:${deviceMinor}`;
    return { content, xattrs: xattrText(path) };
  }

  #readFile(path: string, size: number): FileRecord {
    const fd = openAt(AT_FDCWD, path, OpenFlag.readOnly | OpenFlag.nonBlock);
    try {
      return { content: this.#digest(fd, size), xattrs: xattrText(fd) };
    } finally {
      closeFd(fd);
    }
  }

  /** Of as many bytes as there were: what a file grows by has another stamp. */
  #digest(fd: number, size: number): string {
    const hash = new Bun.CryptoHasher("sha256");
    for (let left = size; left > 0; ) {
      const count = readSome(fd, this.#buffer, 0, Math.min(left, BUFFER_BYTES));
      if (count === 0) break;
      hash.update(this.#buffer.subarray(0, count));
      left -= count;
    }
    return hash.digest("hex");
  }
}

type Row = [name: string, stamp: string, content: string, xattrs: string];

function parse(text: string | undefined): Map<string, Known> {
  const rows = text === undefined ? [] : (JSON.parse(text) as Row[]);
  return new Map(rows.map(([name, stamp, content, xattrs]) => [name, { stamp, content, xattrs }]));
}

/** Names that this build did not ask for stay while their files do, so that the text is bounded. */
function format(path: string, { files, used }: Directory): string {
  const rows: Row[] = [];
  for (const [name, { stamp, content, xattrs }] of files)
    if (used.has(name) || statAt(AT_FDCWD, `${path}/${name}`) !== undefined)
      rows.push([name, stamp, content, xattrs]);
  return JSON.stringify(rows);
}
