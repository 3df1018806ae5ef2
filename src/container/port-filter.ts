import { fail } from "#errors";

const MOST = 65_535;

/**
 * Whether a port is one of `80`, `80/udp` or `8000-8080/tcp`; without a protocol tcp is meant.
 * Fails with `invalid-argument` in Docker's words.
 */
export function portFilter(
  key: "publish" | "expose",
  values: readonly string[],
): (port: number, protocol: string) => boolean {
  const ranges = values.map((value) => {
    const [ports = "", protocol = "tcp"] = value.split("/");
    const [first = "", last = first] = ports.split("-");
    const [low, high] = [first, last].map((text) => parsePort(key, value, text));
    return { protocol: protocol.toLowerCase(), low: low!, high: high! };
  });
  return (port, type) =>
    ranges.some(({ protocol, low, high }) => type === protocol && low <= port && port <= high);
}

function parsePort(key: string, value: string, text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= MOST) return Number(text);
  const problem = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  return fail("invalid-argument", `error while looking up for ${key} ${value}: ${problem}`);
}
