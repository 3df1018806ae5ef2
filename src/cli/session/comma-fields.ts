import { fail } from "#errors";

const QUOTED = /^"((?:[^"]|"")*)"(?:,|$)/;
const PLAIN = /^([^,"]*)(?:,|$)/;

/**
 * The fields of one line of CSV (RFC 4180), in which a field in quotes may have commas; fails
 * with `invalid-argument` in the words of Go's encoding/csv.
 */
export function splitFields(text: string): string[] {
  if (text === "") fail("invalid-argument", "EOF");
  const fields: string[] = [];
  // What ends with a comma has an empty field behind it.
  for (let rest = text, more = true; more; ) {
    const match = QUOTED.exec(rest) ?? PLAIN.exec(rest) ?? failQuote(text, rest);
    fields.push(rest.startsWith('"') ? match[1]!.replaceAll('""', '"') : match[1]!);
    more = match[0].endsWith(",");
    rest = rest.slice(match[0].length);
  }
  return fields;
}

function failQuote(text: string, rest: string): never {
  if (rest.startsWith('"')) {
    const column = Buffer.byteLength(text) + 1;
    const problem = 'extraneous or missing " in quoted-field';
    return fail("invalid-argument", `parse error on line 1, column ${column}: ${problem}`);
  }
  const column = Buffer.byteLength(text.slice(0, text.indexOf('"', text.length - rest.length))) + 1;
  const problem = 'bare " in non-quoted-field';
  return fail("invalid-argument", `parse error on line 1, column ${column}: ${problem}`);
}
