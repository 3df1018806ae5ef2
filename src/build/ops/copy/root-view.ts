import type { RootfsView } from "#image";
import type { Owner } from "../owner.ts";

/** What is at a path of a root file system, itself not followed. */
export interface RootEntry extends Owner {
  readonly type: "file" | "directory" | "symlink" | "other";
  readonly mode: number;
  /** Of a symlink. */
  readonly target?: string;
}

/** The names of a root file system. Paths have no slash in front. */
export interface RootView {
  find(path: string): Promise<RootEntry | undefined>;
}

const ROOT_DIRECTORY: RootEntry = { type: "directory", mode: 0o755, uid: 0, gid: 0 };

/** `FROM scratch`. */
export const emptyRoot: RootView = {
  find: async (path) => (path === "" ? ROOT_DIRECTORY : undefined),
};

/** The names in the layers of an image, which need not be unpacked. */
export function rootView(rootfs: RootfsView): RootView {
  return {
    async find(path) {
      const node = await rootfs.lstat(path);
      if (node === undefined) return undefined;
      const { type, mode, uid, gid, linkPath = "" } = node;
      if (type === "symlink") return { type, mode, uid, gid, target: linkPath };
      return { type: type === "directory" || type === "file" ? type : "other", mode, uid, gid };
    },
  };
}
