import type { ErofsNode, ErofsReader } from "#erofs";
import { isImplied, isOpaque, isWhiteout } from "./index-tree.ts";

/** What a stack of layers shows at a path, and the index of the layer that it is from. */
export interface StackNode {
  readonly index: ErofsReader;
  /** Which layer of the stack, 0 for the topmost. */
  readonly level: number;
  readonly node: ErofsNode;
}

/** What one layer says of a path: what it has there, and whether it covers what is below. */
interface Answer {
  readonly node?: ErofsNode;
  readonly covers: boolean;
}

/**
 * A stack of layers' indexes, topmost first, looked at as overlay would show it. A directory that
 * a layer has no entry for has the attributes that it has in the layers below.
 */
export class IndexStack {
  readonly indexes: readonly ErofsReader[];

  constructor(indexes: readonly ErofsReader[]) {
    this.indexes = indexes;
  }

  /** What shows at a path without symlinks in it, from the root; "" is the root itself. */
  find(path: string): StackNode | undefined {
    const parts = path === "" ? [] : path.split("/");
    let implied: StackNode | undefined;
    for (const [level, index] of this.indexes.entries()) {
      const { node, covers } = ask(index, parts);
      if (node && !isImplied({ xattrs: index.xattrs(node) }))
        return implied && node.type !== "directory" ? implied : shown({ index, level, node });
      if (node) implied ??= { index, level, node };
      if (covers) break;
    }
    return implied;
  }

  /** The names that show in the root. */
  rootNames(): Set<string> {
    const all = this.indexes.flatMap((index) => [...index.entries(index.root)]);
    const names = new Set(all.map(({ name }) => name));
    for (const name of names) if (!this.find(name)) names.delete(name);
    return names;
  }
}

function shown(found: StackNode): StackNode | undefined {
  return isWhiteout(found.node) ? undefined : found;
}

function ask(index: ErofsReader, parts: readonly string[]): Answer {
  let node = index.root;
  let covers = false;
  for (const part of parts) {
    if (node.type !== "directory") return { covers: true };
    covers ||= isOpaque({ xattrs: index.xattrs(node) });
    const next = index.lookup(node, part);
    if (next === undefined) return { covers };
    node = next;
  }
  return { node, covers };
}
