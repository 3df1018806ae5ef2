const MOST_SHOWN = 200;

/** A text of the file as messages quote it: no more than its first 200 characters. */
export function clip(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
