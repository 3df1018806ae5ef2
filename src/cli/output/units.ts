import { formatGeneral } from "../template/float.ts";

const DECIMAL = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

/**
 * A number of bytes in decimal units, e.g. `1.23MB`, as docker's tables show it.
 *
 * @param digits significant digits: 3 in the tables of images and containers
 * @see https://pkg.go.dev/github.com/docker/go-units#HumanSizeWithPrecision
 */
export function humanSize(bytes: number, digits = 3): string {
  return scale(bytes, 1000, DECIMAL, digits);
}

/** A number of bytes in binary units with four digits, e.g. `1.5GiB` (go-units BytesSize). */
export function bytesSize(bytes: number): string {
  return scale(bytes, 1024, BINARY, 4);
}

function scale(bytes: number, base: number, units: readonly string[], digits: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= base && unit < units.length - 1; unit++) value /= base;
  return formatGeneral(value, digits) + units[unit];
}

/**
 * A length of time in words, e.g. `About a minute` or `2 weeks` (go-units HumanDuration).
 *
 * @param milliseconds may be negative, which is less than a second
 */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  return longDuration(milliseconds / 3_600_000);
}

function longDuration(exactHours: number): string {
  const hours = Math.floor(exactHours + 0.5);
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 7 * 2) return `${days} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(days / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(exactHours / 24 / 365)} years`;
}

/** How long ago a moment was, as docker's tables show it, e.g. `3 hours ago`. */
export function humanSince(moment: Date | number, now: number = Date.now()): string {
  return `${humanDuration(now - Number(moment))} ago`;
}
