import { readFileSync } from "node:fs";
import { encodeHeader, endOfArchive, padding, type TarHeader } from "#tar";
import { base } from "../../test/shale.ts";

const BLOCK = 512;

/** The tars of an image of this many layers: a Debian base and what looks like one package each. */
export function makeLayers(count: number): Uint8Array[] {
  const packages = Array.from({ length: count - 1 }, (_, index) => makePackage(index));
  return [readFileSync(base("debian")), ...packages];
}

/** One archive that says what these say one after the other. */
export function concatenate(tars: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([...tars.map(withoutEnd), endOfArchive()]);
}

function withoutEnd(tar: Uint8Array): Uint8Array {
  let end = tar.length - (tar.length % BLOCK);
  while (end > 0 && tar.subarray(end - BLOCK, end).every((byte) => byte === 0)) end -= BLOCK;
  return tar.subarray(0, end);
}

/** New files in directories of their own and in shared ones, and a file that every layer changes. */
function makePackage(index: number): Uint8Array {
  const name = `package-${index}`;
  const numbers = Array.from({ length: 50 }, (_, number) => number);
  const status = `Package: ${name}\n`.repeat(10_000);
  return Buffer.concat([
    ...["usr", "usr/bin", "usr/lib", `usr/lib/${name}`, "usr/share", "usr/share/doc"].map(
      directory,
    ),
    ...numbers.map((number) => file(`usr/bin/${name}-tool-${number}`, 4000)),
    ...numbers.map((number) => file(`usr/lib/${name}/module-${number}`, 8000)),
    directory(`usr/share/doc/${name}`),
    ...numbers.map((number) => file(`usr/share/doc/${name}/page-${number}`, 2000)),
    ...["var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/info"].map(directory),
    ...numbers.map((number) => file(`var/lib/dpkg/info/${name}-${number}.list`, 500)),
    file("var/lib/dpkg/status", status.length, status),
    endOfArchive(),
  ]);
}

function directory(path: string): Uint8Array {
  return encodeHeader({ ...ATTRIBUTES, path, type: "directory", mode: 0o755, size: 0 });
}

function file(path: string, size: number, text = `${path}\n`): Uint8Array {
  const content = Buffer.alloc(size + padding(size), text);
  content.fill(0, size);
  const header: TarHeader = { ...ATTRIBUTES, path, type: "file", mode: 0o644, size };
  return Buffer.concat([encodeHeader(header), content]);
}

const ATTRIBUTES = {
  uid: 0,
  gid: 0,
  mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
  xattrs: new Map<string, Uint8Array>(),
} as const;
