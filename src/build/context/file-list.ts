import type { SelectedSource } from "./select.ts";
import type { PathFilter, SourceNode, SourceTree } from "./source-tree.ts";

/** A selected file and where it stands below what the user named (`""` for the source itself). */
export interface ListedFile extends SourceNode {
  readonly source: SelectedSource;
  readonly below: string;
}

/**
 * Everything that is selected, each source before what it holds, directories in order of name.
 * `filter` sees the paths below a source.
 */
export function* listFiles(
  tree: SourceTree,
  sources: readonly SelectedSource[],
  filter?: PathFilter,
): Generator<ListedFile> {
  for (const source of sources) {
    const walk = new Walk(tree, source, filter);
    yield* walk.from(source.node, "");
  }
}

class Walk {
  readonly #tree: SourceTree;
  readonly #source: SelectedSource;
  readonly #filter: PathFilter | undefined;

  constructor(tree: SourceTree, source: SelectedSource, filter: PathFilter | undefined) {
    this.#tree = tree;
    this.#source = source;
    this.#filter = filter;
  }

  *from(node: SourceNode, below: string): Generator<ListedFile> {
    const isDirectory = node.stats.isDirectory();
    const verdict = below === "" ? "kept" : this.#filter?.verdict(below, isDirectory);
    if (verdict === "left-out") return;
    yield { path: node.path, stats: node.stats, source: this.#source, below };
    if (!isDirectory) return;
    const prefix = node.path === "" ? 0 : node.path.length + 1;
    for (const child of this.#tree.list(node)) {
      const name = child.path.slice(prefix);
      yield* this.from(child, below === "" ? name : `${below}/${name}`);
    }
  }
}
