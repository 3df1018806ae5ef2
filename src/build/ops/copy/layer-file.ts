import type { Bytes } from "#bytes";
import type { TarHeader } from "#tar";

/** An entry of a layer that is to be made, and where its content is. */
export interface LayerFile {
  readonly header: TarHeader;
  /** Of a file: a path on this machine, or the bytes themselves. */
  readonly content?: string | Uint8Array | Bytes;
}

/** Who owns what is copied. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT_OWNER: Owner = { uid: 0, gid: 0 };
