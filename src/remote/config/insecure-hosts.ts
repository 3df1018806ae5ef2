import { fail, quote } from "#errors";

/** Hosts whose certificates are not checked and that may be spoken to by plain http. */
export interface InsecureHosts {
  /** `location` is a `host[:port]`. */
  has(location: string): Promise<boolean>;
}

interface Network {
  readonly address: bigint;
  readonly bits: number;
  readonly width: number;
}

/** As Docker: what loops back is always among them. */
const LOOPBACK = ["127.0.0.0/8", "::1/128"].map((text) => parseNetwork(text)!);

/** `host[:port]` means just that, a CIDR all hosts with an address in it. */
export function parseInsecureHosts(texts: readonly string[]): InsecureHosts {
  const networks: Network[] = [];
  const hosts = new Set<string>();
  for (const text of texts) {
    const network = parseNetwork(text);
    if (network !== undefined) networks.push(network);
    else hosts.add(checkedHost(text));
  }
  return {
    async has(location) {
      if (hosts.has(location)) return true;
      const host = hostOf(location);
      if (host === "localhost" || isInside(LOOPBACK, host)) return true;
      return (
        networks.length > 0 && (await addressesOf(host)).some((one) => isInside(networks, one))
      );
    },
  };
}

function checkedHost(text: string): string {
  const host = text.replace(/^https?:\/\//, "");
  if (/^[\w.[\]:-]+$/.test(host)) return host;
  return fail("invalid-argument", `insecure registry ${quote(text)} is no host[:port] and no CIDR`);
}

function hostOf(location: string): string {
  return location.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (parseAddress(host) !== undefined) return [host];
  const found = await Bun.dns.lookup(host).catch(() => []);
  return found.map(({ address }) => address);
}

function isInside(networks: readonly Network[], host: string): boolean {
  const address = parseAddress(host);
  if (address === undefined) return false;
  return networks.some(({ address: base, bits, width }) => {
    const shift = BigInt(width - bits);
    return width === address.width && base >> shift === address.value >> shift;
  });
}

function parseNetwork(text: string): Network | undefined {
  const [, base, length] = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = base === undefined ? undefined : parseAddress(base);
  if (address === undefined || Number(length) > address.width) return undefined;
  return { address: address.value, bits: Number(length), width: address.width };
}

function parseAddress(text: string): { value: bigint; width: 32 | 128 } | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const bytes = text.split(".").map(Number);
    return bytes.every((byte) => byte < 256) ? { value: joined(bytes, 8n), width: 32 } : undefined;
  }
  const groups = groupsOf(text);
  return groups && { value: joined(groups, 16n), width: 128 };
}

/** The eight numbers of an IPv6 address (RFC 4291 section 2.2, without an IPv4 tail). */
function groupsOf(text: string): number[] | undefined {
  if (!/^[\da-fA-F:]*:[\da-fA-F:]*$/.test(text)) return undefined;
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const given = halves.flat();
  if (halves.length > 2 || given.some((group) => !/^[\da-fA-F]{1,4}$/.test(group)))
    return undefined;
  const missing = 8 - given.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const zeros = Array.from({ length: missing }, () => "0");
  const all = [...halves[0]!, ...zeros, ...(halves[1] ?? [])];
  return all.map((group) => Number.parseInt(group, 16));
}

function joined(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);
}
