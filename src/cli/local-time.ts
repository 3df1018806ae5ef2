/** The user's local time as Go prints it: `2026-11-22 13:40:22 +0000 UTC`. */
export function goTime(milliseconds: number): string {
  const { day, time, offset } = localParts(milliseconds);
  const zone = offset.replace(":", "");
  return `${day} ${time} ${zone} ${zone === "+0000" ? "UTC" : zone}`;
}

/** The user's local time by RFC 3339, in whole seconds: `2026-11-22T13:40:22Z`. */
export function rfc3339(milliseconds: number): string {
  const { day, time, offset } = localParts(milliseconds);
  return `${day}T${time}${offset === "+00:00" ? "Z" : offset}`;
}

/** Day, time of day and distance from UTC (`+02:00`) at the user's place. */
export function localParts(milliseconds: number): { day: string; time: string; offset: string } {
  const minutes = -new Date(milliseconds).getTimezoneOffset();
  const local = new Date(milliseconds + minutes * 60_000).toISOString();
  const size = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${twoDigits(size / 60)}:${twoDigits(size % 60)}`;
  return { day: local.slice(0, 10), time: local.slice(11, 19), offset };
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
