import { encodePath } from "#bytes";
import { type Inode, readNames, statAt } from "#kernel";

/** A name in a directory. */
export interface Node {
  readonly name: string;
  readonly inode: Inode;
}

const SURROGATE_OR_BEYOND = /[\ud800-\uffff]/;

/** The names in an open directory with their inodes, in the order of a tar. Sockets are left out. */
export function readNodes(fd: number): Node[] {
  const nodes: Node[] = [];
  for (const name of readNames(fd)) {
    const inode = statAt(fd, name);
    if (inode && inode.type !== "socket" && inode.type !== "unknown") nodes.push({ name, inode });
  }
  return inTarOrder(nodes, nameInTar);
}

/** A directory's name ends in a slash, which decides its place among names that begin alike. */
export function nameInTar({ name, inode }: Node): string {
  return inode.type === "directory" ? `${name}/` : name;
}

/** Sorts by the bytes of the names, so that equal trees give equal archives. */
export function inTarOrder<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  const keyed = items.map((item) => ({ item, name: nameOf(item) }));
  // UTF-16 has the order of UTF-8 up to the surrogates, which stand before U+E000.
  const isExotic = keyed.some(({ name }) => SURROGATE_OR_BEYOND.test(name));
  keyed.sort(isExotic ? byBytes : byUnits);
  return keyed.map(({ item }) => item);
}

function byUnits(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function byBytes(a: { name: string }, b: { name: string }): number {
  return Buffer.compare(encodePath(a.name), encodePath(b.name));
}
