import { readTar } from "#tar";

/** One line for each file of a tar: type, mode, owner, size, link, xattrs, content hash; by name. */
export async function treeOf(path: string): Promise<Map<string, string>> {
  const tree = new Map<string, string>();
  for await (const { header, body } of readTar(Bun.file(path).stream())) {
    const hash = new Bun.CryptoHasher("sha256");
    for await (const chunk of body) hash.update(chunk);
    const content = header.type === "file" ? hash.digest("hex").slice(0, 16) : "";
    const xattrs = [...header.xattrs].map(
      ([name, value]) => `${name}=${Buffer.from(value).toString("hex")}`,
    );
    const mode = header.mode.toString(8);
    tree.set(
      header.path.replace(/\/$/, ""),
      [
        header.type,
        mode,
        `${header.uid}:${header.gid}`,
        header.linkPath ?? "",
        content,
        ...xattrs.sort(),
      ].join(" "),
    );
  }
  return tree;
}

/** The names that differ, each with both sides. */
export function differences(left: Map<string, string>, right: Map<string, string>): string[] {
  const names = [...new Set([...left.keys(), ...right.keys()])].sort();
  return names
    .filter((name) => left.get(name) !== right.get(name))
    .map(
      (name) =>
        `${name}\n  docker: ${left.get(name) ?? "absent"}\n  shale:  ${right.get(name) ?? "absent"}`,
    );
}
