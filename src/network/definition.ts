import { fail } from "#errors";
import type { NetworkRow, NetworkTable } from "#state";
import { formatAddress } from "./address.ts";
import { defaultDevice } from "./store-names.ts";
import { hostAt, parsePrefix } from "./subnet.ts";

const VERSION = 1;
const ID = /^[0-9a-f]+$/;

/** One range of addresses that a network has: of IPv4 or of IPv6. */
export interface AddressPool {
  readonly subnet: string;
  readonly gateway: string;
  /** Containers get their addresses from this part of it only. */
  readonly range?: string;
  /** What is taken by others than containers, by the names the user gave it. */
  readonly auxiliary?: Readonly<Record<string, string>>;
}

/** What a network is, as stored. */
export interface NetworkRecord {
  readonly version: typeof VERSION;
  readonly device: string;
  readonly pools: readonly AddressPool[];
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ipv6: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** The addresses are those that the user asked for. */
  readonly chosenByUser: boolean;
}

export type Driver = "bridge" | "host" | "null";

/** A network of the store, one that is always there or one of the user's. */
export interface NetworkDefinition extends Omit<NetworkRecord, "version"> {
  readonly id: string;
  readonly name: string;
  readonly driver: Driver;
  readonly builtin: boolean;
  /** Unix milliseconds; 0 of one that is always there. */
  readonly created: number;
  /** Under which name the store keeps who has which address in it. */
  readonly addressKey: string;
}

/** The names of the networks that every store has, with their drivers. */
export const BUILTIN = { bridge: "bridge", host: "host", none: "null" } as const;

const PLAIN = {
  pools: [],
  internal: false,
  attachable: false,
  ipv6: false,
  labels: {},
  chosenByUser: false,
} as const;

/** Options of bridges by their names in Docker. */
export const BRIDGE_OPTION = {
  name: "com.docker.network.bridge.name",
  icc: "com.docker.network.bridge.enable_icc",
  masquerade: "com.docker.network.bridge.enable_ip_masquerade",
  hostBinding: "com.docker.network.bridge.host_binding_ipv4",
  mtu: "com.docker.network.driver.mtu",
} as const;

/** How the default network differs from what a store has by itself. */
export interface DefaultBridge {
  readonly device?: string;
  readonly subnet?: string | undefined;
}

/** Those that are always there, `bridge` first; their IDs follow from the store's. */
export function builtinNetworks(storeId: string, bridge: DefaultBridge = {}): NetworkDefinition[] {
  const names = Object.keys(BUILTIN) as (keyof typeof BUILTIN)[];
  return names.map((name) => builtinNetwork(storeId, name, bridge));
}

function builtinNetwork(
  storeId: string,
  name: keyof typeof BUILTIN,
  bridge: DefaultBridge,
): NetworkDefinition {
  const id = new Bun.CryptoHasher("sha256").update(`${storeId} ${name}`).digest("hex");
  const driver = BUILTIN[name];
  const { device = defaultDevice(storeId), subnet } = driver === "bridge" ? bridge : { device: "" };
  const options = driver === "bridge" ? defaultOptions(device) : {};
  const pools = subnet === undefined ? [] : [poolOf(subnet)];
  const place = { device, pools, addressKey: name };
  return { ...PLAIN, ...place, id, name, driver, options, builtin: true, created: 0 };
}

/** Fails with `data-loss` for what this program did not write. */
export function parseNetwork({ id, name, created, record }: NetworkRow): NetworkDefinition {
  const { version, ...fields } = JSON.parse(record) as NetworkRecord;
  if (version !== VERSION)
    fail("data-loss", `the record of network ${name} cannot be read: another version wrote it`);
  return { ...fields, id, name, created, driver: "bridge", builtin: false, addressKey: id };
}

export function formatNetwork(network: NetworkDefinition): NetworkRow {
  const { id, name, created, driver: _, builtin: _builtin, addressKey: _key, ...fields } = network;
  return { id, name, created, record: JSON.stringify({ version: VERSION, ...fields }) };
}

/**
 * A network by its name, its ID or the start of it. Fails with `not-found` when there is none, and
 * with `invalid-argument` when several begin so.
 */
export function findNetwork(
  networks: NetworkTable,
  builtins: readonly NetworkDefinition[],
  name: string,
): NetworkDefinition {
  const exact = networks.byName(name) ?? networks.get(name);
  const builtin = builtins.find((one) => one.name === name || one.id === name);
  if (exact ?? builtin) return exact ? parseNetwork(exact) : builtin!;
  const defined = ID.test(name) ? networks.startingWith(name).map(parseNetwork) : [];
  const always = ID.test(name) ? builtins.filter(({ id }) => id.startsWith(name)) : [];
  const [found, another] = [...defined, ...always];
  if (another !== undefined)
    fail("invalid-argument", `network ${name} is ambiguous (several IDs begin so)`);
  return found ?? fail("not-found", `network ${name} not found`);
}

/** An option that is on unless it says otherwise. */
export function isOn({ options }: Pick<NetworkRecord, "options">, name: string): boolean {
  return !["false", "0", "f", "F", "FALSE", "False"].includes(options[name] ?? "");
}

/** With the first address for the bridge. */
export function poolOf(subnet: string): AddressPool {
  return { subnet, gateway: formatAddress(hostAt(parsePrefix(subnet), 1)) };
}

function defaultOptions(device: string): Record<string, string> {
  return {
    "com.docker.network.bridge.default_bridge": "true",
    [BRIDGE_OPTION.icc]: "true",
    [BRIDGE_OPTION.masquerade]: "true",
    [BRIDGE_OPTION.hostBinding]: "0.0.0.0",
    [BRIDGE_OPTION.name]: device,
    [BRIDGE_OPTION.mtu]: "1500",
  };
}
