import type { TarHeader } from "#tar";

/**
 * An entry of an archive in which `from`, the first part of all names, is called `to`; hard links
 * point to the new names. Where `from` is `.`, names have no first part yet.
 */
export function renameEntry(
  header: TarHeader,
  { from, to }: { readonly from: string; readonly to: string },
): TarHeader {
  const { path, type, linkPath } = header;
  const rename = (text: string) => {
    const bare = text.replace(/^(?:\.?\/+)+|^\.$/, "");
    if (from === "." || from === "/") return bare === "" ? to : `${to}/${bare}`;
    return bare === from || bare.startsWith(`${from}/`) ? to + bare.slice(from.length) : text;
  };
  if (type !== "hardlink" || linkPath === undefined) return { ...header, path: rename(path) };
  return { ...header, path: rename(path), linkPath: rename(linkPath) };
}
