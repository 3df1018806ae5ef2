import { readFileSync } from "node:fs";

/** The fields of /proc/net/dev that Docker tells of, in the order of its API, by their columns. */
const COLUMNS = {
  rx_bytes: 0,
  rx_packets: 1,
  rx_errors: 2,
  rx_dropped: 3,
  tx_bytes: 8,
  tx_packets: 9,
  tx_errors: 10,
  tx_dropped: 11,
};

/** What each interface of a process's network has seen, the loopback left out. */
export function readNetworks(pid: number): Record<string, object> | undefined {
  const rows = [...readTable(pid).matchAll(/^\s*([^\s:]+):\s*(.*)$/gm)];
  const seen = rows
    .filter(([, name]) => name !== "lo")
    .map(([, name = "", counts = ""]) => [name, countsOf(counts.trim().split(/\s+/))] as const);
  return seen.length > 0 ? Object.fromEntries(seen) : undefined;
}

function countsOf(counts: readonly string[]): object {
  const fields = Object.entries(COLUMNS).map(([field, column]) => [field, Number(counts[column])]);
  return Object.fromEntries(fields);
}

function readTable(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/net/dev`, "latin1");
  } catch {
    return "";
  }
}
