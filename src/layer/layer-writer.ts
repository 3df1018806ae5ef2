import { fail, kindOf } from "#errors";
import {
  chmodAt,
  chmodFd,
  chownAt,
  chownFd,
  inodeKey,
  linkAt,
  makeDirectoryAt,
  type OpenDirectory,
  pathIn,
  setTimesAt,
  statAt,
  type XattrTarget,
} from "#kernel";
import type { TarHeader, TarSink } from "#tar";
import type { AppliedLayer, ApplyOptions } from "./apply.ts";
import { replaceImageXattrs } from "./attributes.ts";
import { EntryRules, type Place, shown } from "./entry-rules.ts";
import { IncomingFile, makeSpecial } from "./incoming-file.ts";
import { LayerTree } from "./layer-tree.ts";
import { LowerDirectories, namesIn } from "./lower-directories.ts";
import { OverlayWhiteouts } from "./overlay-whiteouts.ts";
import { NoWhiteouts, RemovingWhiteouts, type Whiteouts } from "./whiteouts.ts";

const MOST_SKIPPED = 100;

/** Writes the entries of a layer into a directory as a parser finds them. */
export class LayerWriter implements TarSink, Disposable {
  readonly #rules: EntryRules;
  readonly #whiteouts: Whiteouts;
  readonly #tree: LayerTree;
  readonly #skipsDevices: boolean;
  readonly #skipped: string[] = [];
  #file: IncomingFile | undefined;

  constructor(target: string, options: ApplyOptions) {
    const { whiteouts, xattrPrefix = "trusted.overlay." } = options;
    const roots = whiteouts === "overlay" ? options.lowers : undefined;
    const lowers = roots && new LowerDirectories(roots, xattrPrefix);
    this.#rules = new EntryRules(options.limits);
    if (whiteouts === "overlay") this.#whiteouts = new OverlayWhiteouts(xattrPrefix, lowers);
    else if (namesIn(target).length === 0) this.#whiteouts = new NoWhiteouts();
    else this.#whiteouts = new RemovingWhiteouts((changing) => this.#tree.keepTime(changing));
    this.#tree = new LayerTree(target, this.#whiteouts, lowers);
    this.#skipsDevices = options.devices === "skip";
  }

  entry(header: TarHeader): void {
    const meaning = this.#rules.check(header);
    if (meaning.kind === "change") this.#change(header, meaning.at, meaning.link);
    else if (meaning.kind === "root") this.#changeRoot(header);
    else if (meaning.kind === "whiteout") this.#hide(meaning.at);
    else if (meaning.kind === "opaque") this.#hideAll(meaning.directory);
  }

  data(chunk: Uint8Array, position: number): void {
    this.#file?.write(chunk, position);
  }

  close(): void {
    this.#file?.finish((what) => this.#skip(what));
    this.#closeFile();
  }

  finish(): AppliedLayer {
    this.#tree.finish();
    return { ...this.#rules.summary, skipped: this.#skipped };
  }

  /** Takes away everything in the target. */
  clear(): void {
    this.#tree.empty();
  }

  [Symbol.dispose](): void {
    this.#closeFile();
    this.#tree[Symbol.dispose]();
  }

  #closeFile(): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
  }

  #change(header: TarHeader, at: Place, link: Place | undefined): void {
    const parent = this.#tree.directory(at.directory);
    if (header.type === "directory") this.#makeDirectory(header, parent, at.name);
    else if (header.type === "file") this.#makeFile(header, parent, at.name);
    else if (link) this.#makeLink(header, parent, at, link);
    else this.#makeSpecial(header, parent, at.name);
  }

  #makeFile(header: TarHeader, parent: OpenDirectory, name: string): void {
    this.#tree.place(parent, name, () => {
      this.#file = new IncomingFile(parent, name, header);
    });
  }

  #makeDirectory(header: TarHeader, parent: OpenDirectory, name: string): void {
    const isThere = statAt(parent.fd, name)?.type === "directory";
    const make = () => makeDirectoryAt(parent.fd, name);
    const wasMark = this.#tree.place(parent, name, isThere ? () => {} : make);
    chownAt(parent.fd, name, header.uid, header.gid);
    chmodAt(parent.fd, name, header.mode);
    this.#writeXattrs(pathIn(parent.fd, name), header);
    if (wasMark) this.#whiteouts.hide(parent, name);
    this.#tree.setTime(parent.path === "" ? name : `${parent.path}/${name}`, header.mtime);
  }

  #makeLink(header: TarHeader, parent: OpenDirectory, at: Place, link: Place): void {
    const from = this.#tree.existing(link.directory);
    const target = from && statAt(from.fd, link.name);
    if (!target || target.type === "directory" || this.#whiteouts.isMark(target))
      fail(
        "invalid-argument",
        `hard link ${shown(header.path)} points to ${shown(header.linkPath!)}, which is no file in this layer`,
      );
    const own = statAt(parent.fd, at.name);
    if (own && inodeKey(own) === inodeKey(target)) return;
    this.#tree.place(parent, at.name, () => linkAt(from.fd, link.name, parent.fd, at.name));
  }

  #makeSpecial(header: TarHeader, parent: OpenDirectory, name: string): void {
    try {
      this.#tree.place(parent, name, () => makeSpecial(header, parent, name));
    } catch (error) {
      this.#skipDevice(header, error);
      return;
    }
    chownAt(parent.fd, name, header.uid, header.gid);
    if (header.type !== "symlink") chmodAt(parent.fd, name, header.mode);
    this.#writeXattrs(pathIn(parent.fd, name), header);
    setTimesAt(parent.fd, name, header.mtime);
  }

  #skipDevice(header: TarHeader, error: unknown): void {
    const isDevice = header.type === "char" || header.type === "block";
    if (!isDevice || kindOf(error) !== "permission-denied") throw error;
    const what = `${header.path}: this user may not make device nodes (it takes root outside a user namespace)`;
    if (!this.#skipsDevices) fail("permission-denied", what, error);
    this.#skip(what);
  }

  #changeRoot(header: TarHeader): void {
    const { fd } = this.#tree.root;
    chownFd(fd, header.uid, header.gid);
    chmodFd(fd, header.mode);
    this.#writeXattrs(fd, header);
    this.#tree.setTime("", header.mtime);
  }

  #hide({ directory, name }: Place): void {
    const parent = this.#hidden(directory);
    if (!parent) return;
    this.#whiteouts.hide(parent, name);
    this.#tree.forget();
  }

  #hideAll(directory: string): void {
    const hidden = this.#hidden(directory);
    if (!hidden) return;
    this.#whiteouts.hideAll(hidden);
    this.#tree.forget();
  }

  #hidden(directory: string): OpenDirectory | undefined {
    return this.#whiteouts.needsDirectory
      ? this.#tree.directory(directory)
      : this.#tree.existing(directory);
  }

  #writeXattrs(target: XattrTarget, header: TarHeader): void {
    replaceImageXattrs(target, header.xattrs, header.path, (what) => this.#skip(what));
  }

  #skip(what: string): void {
    if (this.#skipped.length < MOST_SKIPPED) this.#skipped.push(what);
  }
}
