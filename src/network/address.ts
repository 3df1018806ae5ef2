import { isIPv4, isIPv6 } from "node:net";
import { fail } from "#errors";

const GROUPS = 8;

/** The 4 or 16 bytes of `172.30.0.1` or `fd00::1`; fails with `invalid-argument`. */
export function parseAddress(text: string): Uint8Array {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  if (isIPv6(text) && !text.includes("%")) return parseAddress6(text);
  return fail("invalid-argument", `invalid IP address: ${text}`);
}

/** As RFC 5952 writes it. */
export function formatAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    ((address[2 * index]! << 8) | address[2 * index + 1]!).toString(16),
  );
  return shortened(groups);
}

/** Docker's rule: the address decides, so that a reused address is never a stale neighbour. */
export function macOf(address: Uint8Array): Uint8Array {
  return Uint8Array.of(0x02, 0x42, ...address);
}

/** The six bytes of `02:42:ac:1e:00:02`; fails with `invalid-argument` in Docker's words. */
export function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text))
    fail("invalid-argument", `${text} is not a valid mac address`);
  return Uint8Array.from(text.split(/[:-]/), (byte) => Number.parseInt(byte, 16));
}

export function formatMac(mac: Uint8Array): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function parseAddress6(text: string): Uint8Array {
  const dotted = /[\d.]+$/.exec(text)?.[0] ?? "";
  const plain = dotted.includes(".")
    ? text.slice(0, -dotted.length) + groupsOf(parseAddress(dotted)).join(":")
    : text;
  const [head = "", tail] = plain.split("::");
  const before = head.split(":").filter(Boolean);
  const after = tail?.split(":").filter(Boolean) ?? [];
  const zeros = Array<string>(GROUPS - before.length - after.length).fill("0");
  const values = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 255]));
}

function groupsOf(bytes: Uint8Array): string[] {
  return [0, 2].map((at) => ((bytes[at]! << 8) | bytes[at + 1]!).toString(16));
}

/** The first longest run of two or more zero groups becomes `::`. */
function shortened(groups: readonly string[]): string {
  const text = groups.join(":");
  const runs = text.match(/(?<![\w])0(:0)+(?![\w])/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return text;
  const at = text.search(new RegExp(`(?<!\\w)${longest}(?!\\w)`));
  return `${text.slice(0, at).replace(/:$/, "")}::${text.slice(at + longest.length).replace(/^:/, "")}`;
}
