/**
 * Access control lists as extended attributes have them: a version in 32 bits, then entries of a
 * tag and permissions in 16 bits each and a user's or group's number in 32
 * (linux/posix_acl_xattr.h), in the order that acl_valid(3) wants.
 */

const VERSION = 2;
const HEADER = 4;
const ENTRY = 8;
const Tag = { owner: 1, user: 2, group: 4, namedGroup: 8, mask: 16, other: 32 } as const;
/** The number of an entry that is of nobody by name. */
const NOBODY = 0xffffffff;

interface AclEntry {
  readonly tag: number;
  readonly permissions: number;
  readonly id: number;
}

/**
 * The list as the kernel gives it back; undefined for one that is empty or of a version that it
 * does not know, "malformed" for one that it refuses.
 */
export function canonicalAcl(value: Uint8Array): Uint8Array | "malformed" | undefined {
  if (value.length === 0) return undefined;
  if (value.length < HEADER) return "malformed";
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  if (view.getUint32(0, true) !== VERSION) return undefined;
  if (value.length % ENTRY !== HEADER) return "malformed";
  if (value.length === HEADER) return undefined;
  const entries = entriesOf(value);
  if (!isOrdered(entries)) return "malformed";
  const canonical = new Uint8Array(value);
  for (const [i, { tag }] of entries.entries())
    if (!isNamed(tag)) canonical.fill(0xff, HEADER + i * ENTRY + 4, HEADER + (i + 1) * ENTRY);
  return canonical;
}

/** The mode's lower nine bits by a list, and whether they say all that it does. */
export function modeOfAcl(acl: Uint8Array): { mode: number; isAll: boolean } {
  const entries = entriesOf(acl);
  const of = (tag: number) => entries.find((entry) => entry.tag === tag)?.permissions;
  const group = of(Tag.mask) ?? of(Tag.group)!;
  const mode = (of(Tag.owner)! << 6) | (group << 3) | of(Tag.other)!;
  return { mode, isAll: entries.length === 3 };
}

function entriesOf(acl: Uint8Array): AclEntry[] {
  const view = new DataView(acl.buffer, acl.byteOffset, acl.length);
  return Array.from({ length: (acl.length - HEADER) / ENTRY }, (_, i) => {
    const at = HEADER + i * ENTRY;
    const [tag, permissions] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    return { tag, permissions, id: view.getUint32(at + 4, true) };
  });
}

function isNamed(tag: number): boolean {
  return tag === Tag.user || tag === Tag.namedGroup;
}

/** Owner, named users, group, named groups, a mask where anyone is named or not, all others. */
function isOrdered(entries: readonly AclEntry[]): boolean {
  const order = entries.map(({ tag }) => ` ${tag}`).join("");
  if (!/^ 1( 2)* 4( 8)*( 16)? 32$/.test(order)) return false;
  const names = entries.filter(({ tag }) => isNamed(tag));
  const hasMask = entries.some(({ tag }) => tag === Tag.mask);
  if (names.some(({ id }) => id === NOBODY) || (names.length > 0 && !hasMask)) return false;
  return entries.every(({ permissions }) => permissions <= 7);
}
