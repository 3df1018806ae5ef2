import { fail } from "#errors";

/** Bytes of an answer that are read at the most: a page of 1,000 objects has some 400 KB. */
export const MOST_XML = 8 << 20;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/**
 * What is in each `<name>` element of an S3 answer. Such answers are flat, have no CDATA and no
 * document type; what has is refused, so that nothing in it can mean more than it says.
 */
export function elements(xml: string, name: string): string[] {
  if (/<!(DOCTYPE|\[CDATA\[|ENTITY)/i.test(xml))
    fail("unavailable", "the storage's answer is no XML of S3's kind");
  const found: string[] = [];
  const start = new RegExp(`<${name}(?:\\s[^<>]*)?>`, "g");
  for (let match = start.exec(xml); match; match = start.exec(xml)) {
    const end = xml.indexOf(`</${name}>`, start.lastIndex);
    if (end < 0) fail("unavailable", `the storage's answer ends within <${name}>`);
    found.push(xml.slice(start.lastIndex, end));
    start.lastIndex = end;
  }
  return found;
}

/** The text of the first `<name>` element. */
export function textOf(xml: string, name: string): string | undefined {
  const [content] = elements(xml, name);
  return content === undefined ? undefined : unescapeXml(content);
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const point = Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
