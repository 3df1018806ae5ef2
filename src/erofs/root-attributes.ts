import { seal } from "./checksum.ts";
import { EXTENDED_SIZE, Field, SLOT_SIZE, SUPERBLOCK } from "./format.ts";
import type { ErofsInode } from "./inode.ts";
import { putTime } from "./write-inode.ts";

export type RootAttributes = Pick<ErofsInode, "mode" | "uid" | "gid" | "mtime">;

const TYPE_BITS = 0o170000;

/** A copy of an image that {@link writeErofs} made, in which the root has these attributes. */
export function withRootAttributes(image: Uint8Array, attributes: RootAttributes): Uint8Array {
  const copy = new Uint8Array(image);
  const view = new DataView(copy.buffer);
  const field = (at: number) => SUPERBLOCK + at;
  const blockSize = 2 ** view.getUint8(field(Field.blockBits));
  const meta = view.getUint32(field(Field.metaBlock), true) * blockSize;
  const position = meta + view.getUint16(field(Field.rootNid), true) * SLOT_SIZE;
  putRoot(new DataView(copy.buffer, position, EXTENDED_SIZE), attributes);
  seal(copy, blockSize);
  return copy;
}

/** The writer gives the root the long form, which has room for all of them. */
function putRoot(root: DataView, { mode, uid, gid, mtime }: RootAttributes): void {
  root.setUint16(4, (root.getUint16(4, true) & TYPE_BITS) | mode, true);
  root.setUint32(24, uid, true);
  root.setUint32(28, gid, true);
  putTime(root, 32, mtime);
}
