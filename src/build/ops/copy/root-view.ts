import { SourceTree } from "../../context/source-tree.ts";

/** What is at a path of a root file system, itself not followed. */
export interface RootEntry {
  readonly type: "file" | "directory" | "symlink" | "other";
  /** Of a symlink. */
  readonly target?: string;
}

/** The names of a root file system. Paths have no slash in front. */
export interface RootView {
  find(path: string): Promise<RootEntry | undefined>;
}

/** `FROM scratch`. */
export const emptyRoot: RootView = { find: async () => undefined };

/** The names of a mounted tree. */
export function treeView(root: string): RootView {
  const tree = new SourceTree(root);
  return {
    async find(path) {
      const node = tree.find(path);
      if (node === undefined) return undefined;
      if (node.stats.isSymbolicLink()) return { type: "symlink", target: tree.readLink(node) };
      if (node.stats.isDirectory()) return { type: "directory" };
      return { type: node.stats.isFile() ? "file" : "other" };
    },
  };
}
