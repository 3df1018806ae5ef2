import type { Bytes } from "#bytes";
import type { OpenDirectory } from "#kernel";
import { ArchiveWriter } from "./archive-writer.ts";
import { parseTar } from "./parse-tar.ts";

export interface ExtractOptions {
  /** Where below the root it goes; symlinks on the way are followed inside. Default the root. */
  readonly directory?: string;
  /** Whose everything becomes; what the archive says when absent. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** A first name in the archive, and what it becomes. `.` is what has no name of its own. */
  readonly rename?: { readonly from: string; readonly to: string };
  /** Fails with `invalid-argument` where a directory would replace something else, or the other way. */
  readonly keepKinds?: boolean;
  /** Called with each directory that is written to; what it throws ends the extraction. */
  readonly admit?: (directory: OpenDirectory) => void;
  readonly signal?: AbortSignal;
}

/**
 * Extracts an uncompressed tar that is no layer into a tree that may be in use: what is in the way
 * is replaced, directories are kept. Whoever changes the tree meanwhile, nothing outside `root` is
 * touched: no symlink is followed but inside, and attributes are set on what was opened. A failure
 * leaves what has been written.
 */
export async function extractArchive(
  tar: Bytes,
  root: string,
  options: ExtractOptions = {},
): Promise<void> {
  using writer = new ArchiveWriter(root, options);
  await parseTar(tar, writer, options.signal);
  writer.finish();
}
