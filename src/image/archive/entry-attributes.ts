/** The attributes of all files of the archives that are written here: the same images, the same bytes. */
export const ENTRY_ATTRIBUTES = {
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  xattrs: new Map<string, Uint8Array>(),
} as const;
