import { decodePath, encodePath } from "#bytes";
import { quote } from "#errors";
import { DIRENT_SIZE, LONGEST_NAME, TYPES } from "./format.ts";
import { type Plan, refuse } from "./plan.ts";

/** The entries of a directory in the order of their names' bytes, "." and ".." among them. */
export interface DirectoryPlan {
  readonly names: readonly Uint8Array[];
  /** The inode of each name. */
  readonly targets: readonly Plan[];
  /** The index of the first entry of each block. */
  readonly starts: readonly number[];
  /** Bytes of all blocks; the last one ends with its last name. */
  readonly size: number;
}

const SURROGATE = /[\ud800-\udfff]/;
const SLASH = 0x2f;

/** Plans a directory; `targetOf` is asked for each name in their order. */
export function planDirectory(
  plan: Plan,
  blockSize: number,
  targetOf: (name: string) => Plan,
): DirectoryPlan {
  const names: Uint8Array[] = [];
  const targets: Plan[] = [];
  for (const name of sortedNames([...plan.inode.children!.keys(), ".", ".."], plan)) {
    names.push(encodePath(name));
    targets.push(name === "." ? plan : name === ".." ? (plan.parent ?? plan) : targetOf(name));
  }
  return { names, targets, ...packed(names, blockSize) };
}

/** UTF-16 sorts as the bytes of UTF-8 do, as long as there are no surrogates. */
function sortedNames(names: string[], plan: Plan): string[] {
  for (let i = 0; i < names.length - 2; i++) checkName(names[i]!, plan);
  if (!names.some((name) => SURROGATE.test(name))) return names.sort();
  const keyed = names.map((name) => ({ name, bytes: encodePath(name) }));
  return keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ name }) => name);
}

function checkName(name: string, plan: Plan): void {
  const bytes = encodePath(name);
  if (bytes.length === 0) refuse(plan, "it has an entry without a name");
  if (bytes.length > LONGEST_NAME)
    refuse(plan, `the name ${quote(name)} in it is longer than ${LONGEST_NAME} bytes`);
  const odd =
    name === "." ||
    name === ".." ||
    bytes.includes(SLASH) ||
    bytes.includes(0) ||
    (SURROGATE.test(name) && decodePath(bytes) !== name);
  if (odd) refuse(plan, `the name ${quote(name)} in it is not one of a file`);
}

function packed(names: readonly Uint8Array[], blockSize: number) {
  const starts: number[] = [];
  let used = blockSize;
  for (let i = 0; i < names.length; i++) {
    const length = DIRENT_SIZE + names[i]!.length;
    if (used + length > blockSize) {
      starts.push(i);
      used = 0;
    }
    used += length;
  }
  return { starts, size: (starts.length - 1) * blockSize + used };
}

/** Writes one block of a directory to `position` of the image. */
export function writeDirectoryBlock(
  image: DataView,
  position: number,
  directory: DirectoryPlan,
  block: number,
): void {
  const start = directory.starts[block]!;
  const end = directory.starts[block + 1] ?? directory.names.length;
  const bytes = new Uint8Array(image.buffer);
  let nameOffset = (end - start) * DIRENT_SIZE;
  for (let i = start, at = position; i < end; i++, at += DIRENT_SIZE) {
    const [name, target] = [directory.names[i]!, directory.targets[i]!];
    image.setUint32(at, target.position / 32, true);
    image.setUint16(at + 8, nameOffset, true);
    image.setUint8(at + 10, TYPES[target.inode.type].entry);
    bytes.set(name, position + nameOffset);
    nameOffset += name.length;
  }
}
