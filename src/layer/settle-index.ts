import { type ErofsNode, type ErofsReader, withRootAttributes, writeErofs } from "#erofs";
import { imageXattrs } from "./attributes.ts";
import { IndexStack } from "./index-stack.ts";
import {
  isDirectory,
  isImplied,
  isOpaque,
  isSettled,
  isWhiteout,
  makeOpaque,
  type TreeDirectory,
  type TreeNode,
  whiteout,
  withoutImplied,
  withoutOpaque,
} from "./index-tree.ts";

/**
 * What a layer's index has to be where the layer stands on these others (their settled indexes,
 * topmost first): directories without an entry get the attributes that they have there, and only
 * what is there is taken away. Undefined when the index is right as it is.
 */
export function settleIndex(
  index: ErofsReader,
  lowers: () => readonly ErofsReader[],
): Uint8Array | undefined {
  const xattrs = index.xattrs(index.root);
  if (isSettled({ xattrs }) && !isImplied({ xattrs })) return undefined;
  const below = new IndexStack(lowers());
  return isSettled({ xattrs }) ? settleRoot(index, below) : settleTree(index, below);
}

/** Most layers say nothing of the root, and are else the same anywhere. */
function settleRoot(index: ErofsReader, lowers: IndexStack): Uint8Array | undefined {
  const below = lowers.find("");
  if (below === undefined) return undefined;
  const isPlain = imageXattrs(below.index.xattrs(below.node)).size === 0;
  return isPlain ? withRootAttributes(index.bytes(), below.node) : settleTree(index, lowers);
}

function settleTree(index: ErofsReader, lowers: IndexStack): Uint8Array | undefined {
  const settling = new Settling(index, lowers);
  const root = settling.root();
  return settling.isChanged ? writeErofs(root, { deviceSize: index.deviceSize }) : undefined;
}

class Settling {
  #isChanged = false;
  readonly #index: ErofsReader;
  readonly #lowers: IndexStack;
  /** Files with several names. */
  readonly #linked = new Map<number, TreeNode>();

  constructor(index: ErofsReader, lowers: IndexStack) {
    this.#index = index;
    this.#lowers = lowers;
  }

  get isChanged(): boolean {
    return this.#isChanged;
  }

  root(): TreeNode {
    const root = this.#directory(this.#index.root, "", false)!;
    if (isOpaque(root)) this.#hideRoot(root);
    return root;
  }

  /** The kernel merges the roots of layers even where one is opaque: every name is hidden alone. */
  #hideRoot(root: TreeDirectory): void {
    this.#isChanged = true;
    root.xattrs = withoutOpaque(root.xattrs);
    for (const name of this.#lowers.rootNames()) {
      const own = root.children.get(name);
      if (own === undefined) root.children.set(name, whiteout());
      else if (isDirectory(own)) makeOpaque(own);
    }
  }

  /**
   * Undefined for one that was only there for marks that have nothing below them. What is below
   * is `covered` where a directory above is opaque.
   */
  #directory(node: ErofsNode, path: string, covered: boolean): TreeDirectory | undefined {
    const xattrs = this.#index.xattrs(node);
    const children = this.#children(node, path, covered || isOpaque({ xattrs }));
    const directory: TreeDirectory = { ...attributesOf(node), xattrs, children };
    if (!isImplied(directory)) return directory;
    this.#isChanged = true;
    const below = this.#lowers.find(path);
    const inherits = below?.node.type === "directory";
    const hides = inherits && isOpaque(directory);
    if (children.size === 0 && !hides && path !== "") return undefined;
    directory.xattrs = withoutImplied(xattrs);
    if (inherits) inherit(directory, below.node, below.index);
    return directory;
  }

  #children(node: ErofsNode, path: string, covered: boolean): Map<string, TreeNode> {
    const children = new Map<string, TreeNode>();
    for (const { name, nid } of this.#index.entries(node)) {
      const at = path === "" ? name : `${path}/${name}`;
      const child = this.#child(this.#index.node(nid), at, covered);
      if (child) children.set(name, child);
    }
    return children;
  }

  #child(node: ErofsNode, path: string, covered: boolean): TreeNode | undefined {
    if (node.type === "directory") return this.#directory(node, path, covered);
    // A mark with nothing to take away would show in listings as a broken file.
    if (!isWhiteout(node) || (!covered && this.#lowers.find(path))) return this.#leaf(node);
    this.#isChanged = true;
    return undefined;
  }

  #leaf(node: ErofsNode): TreeNode {
    if (node.linkCount < 2) return readLeaf(this.#index, node);
    const leaf = this.#linked.get(node.nid) ?? readLeaf(this.#index, node);
    this.#linked.set(node.nid, leaf);
    return leaf;
  }
}

function attributesOf(node: ErofsNode) {
  const { type, mode, uid, gid, mtime } = node;
  return { type, mode, uid, gid, mtime };
}

/** A directory that the layer says nothing of is as it is below. */
function inherit(directory: TreeDirectory, below: ErofsNode, index: ErofsReader): void {
  const own = isOpaque(directory) ? directory.xattrs : [];
  const xattrs = new Map([...withoutOpaque(index.xattrs(below)), ...own]);
  Object.assign(directory, attributesOf(below), { xattrs });
}

function readLeaf(index: ErofsReader, node: ErofsNode): TreeNode {
  const leaf: TreeNode = { ...attributesOf(node), xattrs: index.xattrs(node) };
  const { type, deviceMajor, deviceMinor } = node;
  if (type === "symlink") leaf.linkPath = index.readLink(node);
  if (type === "file") Object.assign(leaf, contentOf(index, node));
  if (deviceMajor !== undefined) Object.assign(leaf, { deviceMajor, deviceMinor });
  return leaf;
}

function contentOf(index: ErofsReader, node: ErofsNode): Partial<TreeNode> {
  const extents = index.extents(node);
  const { size } = node;
  if (extents.every(({ inImage }) => !inImage)) return { size, extents };
  const content = new Uint8Array(size);
  for (const extent of extents) content.set(index.read(extent), extent.offset);
  return { content };
}
