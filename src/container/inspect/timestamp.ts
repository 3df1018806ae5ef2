const NEVER = "0001-01-01T00:00:00Z";

/** Unix milliseconds as Docker's JSON has times; what has not happened is Go's zero time. */
export function timestamp(milliseconds: number | undefined): string {
  return milliseconds === undefined ? NEVER : new Date(milliseconds).toISOString();
}
