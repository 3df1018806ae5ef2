import type { Inode } from "#kernel";

/** Whether overlay takes this inode for the mark of a removed name. */
export function isWhiteoutDevice({ type, deviceMajor, deviceMinor }: Inode): boolean {
  return type === "char" && deviceMajor === 0 && deviceMinor === 0;
}
