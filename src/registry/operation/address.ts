import { fail } from "#errors";

/** Where a server listens. */
export type Address =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/**
 * An address as people write it: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` and `PORT` (of all interfaces),
 * `unix:PATH`. Fails with `invalid-argument`.
 */
export function parseAddress(text: string): Address {
  const [, path] = /^unix:(?:\/\/)?(\/?.+)$/.exec(text) ?? [];
  if (path !== undefined) return { kind: "unix", path };
  const [, host = "", port] = /^(?:(\[[0-9a-fA-F:.]+\]|[^:/\s]*):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65535) {
    const forms = "write HOST:PORT, :PORT or unix:PATH";
    fail("invalid-argument", `invalid address ${JSON.stringify(text)}: ${forms}`);
  }
  return { kind: "tcp", host: host.replace(/^\[|\]$/g, "") || "::", port: Number(port) };
}

/** The address as a URL. */
export function formatAddress(address: Address, protocol: "http" | "https"): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const { host, port } = address;
  return `${protocol}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether only programs on this machine can reach it. */
export function isLocal(address: Address): boolean {
  if (address.kind === "unix") return true;
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(address.host);
}
