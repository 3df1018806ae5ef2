/** A row is touched again when the last time is longer ago: reading must not cost a write each. */
export const TOUCH_EVERY_MS = 60_000;
