import type { TarHeader } from "#tar";
import { type Entry, layerTar } from "../../src/snapshot/testdata/layer-tar.ts";
import type { Random } from "./random-tree.ts";

/**
 * What the layers of a stack may do. The copy driver applies a layer to the whole tree below it,
 * the others look at the layer by itself; "common" keeps to what then means the same:
 *
 * - no entry goes through a symlink or a file of a lower layer, which for the layer by itself is
 *   a new directory there (as in Docker's overlay2);
 * - no directory without an entry is in one whose lower content the layer takes away;
 * - no file is replaced by something else in the same layer.
 *
 * "any" is without these rules. Never does a layer take something away in a directory that it has
 * already taken away.
 */
export type Freedom = "common" | "any";

/** Layers' tars, lowest first. */
export function randomStack(random: Random, freedom: Freedom): Uint8Array[] {
  const names = Array.from({ length: 3 + random.below(3) }, () => random.pick(NAMES));
  const count = random.pick([1, 2, 2, 2, 3, 3, 3, 4]);
  let below: Tree = new Map([["", "directory"]]);
  return Array.from({ length: count }, () => {
    const layer = new RandomLayer(random, names, freedom, below);
    const tar = layerTar(...layer.entries());
    below = layer.tree;
    return tar;
  });
}

type Type = TarHeader["type"];
type Tree = Map<string, Type>;

const NAMES = ["a", "b", "c", "d", "e", "é", "\udcff", "n".repeat(20), "-", "a.b"];
const TYPES = [
  "file",
  "file",
  "file",
  "directory",
  "directory",
  "symlink",
  "fifo",
  "char",
] as const;

class RandomLayer {
  readonly #random: Random;
  readonly #names: readonly string[];
  readonly #freedom: Freedom;
  readonly #below: Tree;
  /** What shows after this layer. */
  readonly tree: Tree;
  /** The entries of this layer. */
  readonly #own = new Map<string, Type>();
  /** Where this layer took away what was below. */
  readonly #emptied = new Set<string>();
  readonly #entries: Entry[] = [];

  constructor(random: Random, names: readonly string[], freedom: Freedom, below: Tree) {
    this.#random = random;
    this.#names = names;
    this.#freedom = freedom;
    this.#below = below;
    this.tree = new Map(below);
  }

  entries(): Entry[] {
    for (let left = this.#random.size(30); left > 0; left--) this.#step();
    return this.#entries;
  }

  #step(): void {
    const path = this.#path();
    const kind = this.#random.below(100);
    if (kind < 62) this.#add(path, this.#random.pick(TYPES));
    else if (kind < 72) this.#link(path);
    else if (kind < 90) this.#hide(path);
    else if (kind < 97) this.#hideAll(path);
    else this.#push({ path: "./", type: "directory", mode: this.#random.below(0o10000) });
  }

  /** Often one that is there. */
  #path(): string {
    if (this.#random.chance(40) && this.tree.size > 1) {
      const there = this.#random.pick([...this.tree.keys()]);
      if (there !== "") return there;
    }
    const parts = Array.from({ length: 1 + this.#random.below(4) }, () =>
      this.#random.pick(this.#names),
    );
    return parts.join("/");
  }

  #add(path: string, type: Type): void {
    if (!this.#mayPlace(path, type)) return;
    this.#place(path, type);
    const content = type === "file" ? "x".repeat(this.#random.size(1500)) : "";
    this.#push({
      ...{ path, type, content, mode: this.#random.below(0o10000) },
      ...(type === "symlink" && { linkPath: this.#random.pick(["a", "/b", "../c", "."]) }),
      ...(type === "char" && { deviceMajor: 1, deviceMinor: this.#random.below(9) }),
    });
  }

  #link(path: string): void {
    const files = [...this.#own].filter(([, type]) => type !== "directory");
    if (files.length === 0) return;
    const [linkPath, type] = this.#random.pick(files);
    if (linkPath === path || !this.#mayPlace(path, type) || this.tree.get(linkPath) !== type)
      return;
    this.#place(path, type);
    this.#entries.push({ path, type: "hardlink", linkPath });
  }

  #hide(path: string): void {
    if (!this.#mayEmpty(parentOf(path), path)) return;
    this.#entries.push({ path: join(parentOf(path), `.wh.${nameOf(path)}`) });
    this.#empty(path);
    if (!this.#has(path)) this.#drop(path);
  }

  #hideAll(path: string): void {
    const directory = this.#random.chance(10) ? "" : path;
    if (!this.#mayEmpty(directory, directory)) return;
    this.#entries.push({ path: join(directory, ".wh..wh..opq") });
    for (const each of [...this.tree.keys()])
      if (isBelow(each, directory)) {
        this.#empty(each);
        if (!this.#has(each)) this.tree.delete(each);
      }
    this.#empty(directory);
  }

  /** Whether a mark may be put in a directory that takes away what is below a path. */
  #mayEmpty(directory: string, path: string): boolean {
    if (!this.#isThereOrNowhere(directory) || this.#goesThroughLink(path)) return false;
    return this.#freedom === "any" || (this.#isPlain(directory) && this.#isExplicit(path));
  }

  /** Whether a directory shows, or no layer has anything there and none took it away just now. */
  #isThereOrNowhere(directory: string): boolean {
    if (this.tree.get(directory) === "directory") return true;
    for (let at = directory; at !== ""; at = parentOf(at)) {
      if ((this.tree.get(at) ?? "directory") !== "directory") return false;
      if (this.#own.has(at) || this.#emptied.has(at) || this.#emptied.has(parentOf(at)))
        return false;
    }
    return true;
  }

  /** Whether all directories at and below a path that this layer has something in have an entry. */
  #isExplicit(path: string): boolean {
    for (const own of [...this.#own.keys(), ...this.#emptied])
      for (let at = parentOf(own); at === path || isBelow(at, path); at = parentOf(at)) {
        if (at !== "" && !this.#own.has(at)) return false;
        if (at === "") break;
      }
    return true;
  }

  #mayPlace(path: string, type: Type): boolean {
    const known = this.#own.get(path);
    const isLoaded = [...this.#own.keys()].some((own) => isBelow(own, path));
    if (this.#freedom === "any") return true;
    if (known !== undefined && known !== type) return false;
    return (type === "directory" || !isLoaded) && this.#isPlain(parentOf(path));
  }

  /** Whether the directory of a path can be reached, or made without an entry, by the rules. */
  #isPlain(path: string): boolean {
    for (let at = path; at !== ""; at = parentOf(at)) {
      if ((this.tree.get(at) ?? "directory") !== "directory") return false;
      if (this.#own.has(at) && this.#own.get(at) !== "directory") return false;
      const isImplied = !this.#own.has(at);
      if (isImplied && this.#below.get(at) === "directory" && this.#isUnderEmptied(at))
        return false;
      if (isImplied && this.#emptied.has(at)) return false;
    }
    return true;
  }

  #isUnderEmptied(path: string): boolean {
    for (let at = path; at !== ""; ) {
      at = parentOf(at);
      if (this.#emptied.has(at)) return true;
    }
    return false;
  }

  #place(path: string, type: Type): void {
    this.#own.set(path, type);
    if (this.#goesThroughLink(path)) return;
    if (type !== "directory" || this.tree.get(path) !== "directory") this.#drop(path);
    for (let at = path; at !== ""; at = parentOf(at))
      this.tree.set(at, at === path ? type : "directory");
  }

  /** Where such a path ends is not looked into. */
  #goesThroughLink(path: string): boolean {
    for (let at = parentOf(path); at !== ""; at = parentOf(at))
      if (this.tree.get(at) === "symlink") return true;
    return false;
  }

  #drop(path: string): void {
    for (const each of [...this.tree.keys()])
      if (each === path || isBelow(each, path)) this.tree.delete(each);
  }

  #empty(path: string): void {
    this.#emptied.add(path);
  }

  #has(path: string): boolean {
    return [...this.#own.keys()].some((own) => own === path || isBelow(own, path));
  }

  #push(entry: Entry): void {
    const { type = "file" } = entry;
    this.#entries.push({
      uid: this.#random.pick([0, 0, 1000, 2 ** 32 - 2]),
      gid: this.#random.pick([0, 70_000]),
      mtime: this.#random.pick(TIMES),
      xattrs: this.#xattrs(type),
      ...entry,
    });
  }

  #xattrs(type: Type): Map<string, Uint8Array> {
    if (this.#random.chance(70)) return new Map();
    const count = { file: 5, directory: 6 }[type as string] ?? 1;
    return new Map(XATTRS.slice(0, count).filter(() => this.#random.chance(50)));
  }
}

const CAPABILITY = Buffer.from("0100000200200000000000000000000000000000", "hex");
const ACL = Buffer.from(
  "0200000001000600ffffffff02000700e803000004000500ffffffff10000700ffffffff20000400ffffffff",
  "hex",
);
/** Those that every type can have first, then a file's, then a directory's. */
const XATTRS: readonly (readonly [string, Uint8Array])[] = [
  ["trusted.one", Buffer.from("1")],
  ["user.two", Buffer.alloc(200, "2")],
  ["user.empty", new Uint8Array()],
  ["security.capability", CAPABILITY],
  ["system.posix_acl_access", ACL],
  ["system.posix_acl_default", ACL],
];
const TIMES = [
  { seconds: 1_700_000_000, nanoseconds: 0 },
  { seconds: 1_700_000_000, nanoseconds: 1 },
  { seconds: -5, nanoseconds: 999_999_999 },
  { seconds: 2 ** 33, nanoseconds: 5 },
];

function isBelow(path: string, directory: string): boolean {
  return directory === "" ? path !== "" : path.startsWith(`${directory}/`);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function join(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
