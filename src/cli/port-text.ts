import type { PortSummary } from "#container";

interface Range {
  readonly first: number;
  last: number;
}

/**
 * A container's ports in the words of `docker ps`: neighbours become a range where the host has
 * the same ones, or none.
 */
export function portsText(ports: readonly PortSummary[]): string {
  const sorted = ports.toSorted(comparePorts);
  const moved = sorted.filter(isMoved).map(mappingText);
  const groups = Map.groupBy(
    sorted.filter((port) => !isMoved(port)),
    ({ ip, type }) => (ip === undefined ? type : `${ip}/${type}`),
  );
  const ranges = Array.from(groups, ([key, group]) =>
    rangesOf(group).map((one) => rangeText(key, one)),
  );
  // Docker writes a range down when the next one begins, and what is left of each kind at the end.
  const [closed, open] = [
    ranges.flatMap((own) => own.slice(0, -1)),
    ranges.map((own) => own.at(-1)),
  ];
  return [...closed, ...open, ...moved].join(", ");
}

/** Whether the host has another port for it. */
function isMoved({ ip, privatePort, publicPort }: PortSummary): boolean {
  return ip !== undefined && publicPort !== privatePort;
}

function mappingText({ ip, privatePort, publicPort, type }: PortSummary): string {
  return `${ip}:${publicPort}->${privatePort}/${type}`;
}

/** Runs of neighbours in a sorted list. */
function rangesOf(ports: readonly PortSummary[]): Range[] {
  const ranges: Range[] = [];
  for (const { privatePort } of ports) {
    const range = ranges.at(-1);
    if (range?.last === privatePort - 1) range.last = privatePort;
    else ranges.push({ first: privatePort, last: privatePort });
  }
  return ranges;
}

function comparePorts(one: PortSummary, other: PortSummary): number {
  return (
    one.privatePort - other.privatePort ||
    compareText(one.ip ?? "", other.ip ?? "") ||
    (one.publicPort ?? 0) - (other.publicPort ?? 0) ||
    compareText(one.type, other.type)
  );
}

function compareText(one: string, other: string): number {
  return Number(one > other) - Number(one < other);
}

function rangeText(key: string, { first, last }: Range): string {
  const [type, ip] = key.split("/").reverse();
  const ports = first === last ? `${first}` : `${first}-${last}`;
  return ip === undefined ? `${ports}/${type}` : `${ip}:${ports}->${ports}/${type}`;
}
