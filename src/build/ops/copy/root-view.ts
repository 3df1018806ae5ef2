/** What is at a path of a root file system, itself not followed. */
export interface RootEntry {
  readonly type: "file" | "directory" | "symlink" | "other";
  /** Of a symlink. */
  readonly target?: string;
}

/** The names of a root file system, without it being mounted. Paths have no slash in front. */
export interface RootView {
  find(path: string): Promise<RootEntry | undefined>;
}

/** `FROM scratch`. */
export const emptyRoot: RootView = { find: async () => undefined };
