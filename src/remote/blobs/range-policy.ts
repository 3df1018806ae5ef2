/** When a blob is fetched over several connections, and how. Sizes are bytes. */
export interface RangePolicy {
  /** How much one connection has brought before its speed counts. */
  readonly measured: number;
  /** Bytes per second; a link that is as fast is not helped by more connections. */
  readonly slowerThan: number;
  /** The least that must be left. */
  readonly least: number;
  /** What one request asks for; this much is kept in memory for each connection. */
  readonly segment: number;
  readonly connections: number;
}

export const DEFAULT_RANGES: RangePolicy = {
  measured: 8 << 20,
  slowerThan: 40e6,
  least: 32 << 20,
  segment: 8 << 20,
  connections: 4,
};
