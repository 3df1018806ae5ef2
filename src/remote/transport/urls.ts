/** A URL of http or https that `text` spells, seen from `base`; undefined when it is none. */
export function parseUrl(text: string, base?: URL): URL | undefined {
  const url = URL.parse(text, base?.href);
  return url?.protocol === "https:" || url?.protocol === "http:" ? url : undefined;
}
