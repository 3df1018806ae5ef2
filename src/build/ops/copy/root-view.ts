import type { RootfsView } from "#image";

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

/** The names in the layers of an image, which need not be unpacked. */
export function rootView(rootfs: RootfsView): RootView {
  return {
    async find(path) {
      const node = await rootfs.lstat(path);
      if (node === undefined) return undefined;
      const { type, linkPath = "" } = node;
      if (type === "symlink") return { type, target: linkPath };
      return { type: type === "directory" || type === "file" ? type : "other" };
    },
  };
}
