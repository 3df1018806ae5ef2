import { refuse } from "../syntax/refusal.ts";

/** The fields of one CSV line (RFC 4180): commas inside double quotes do not part fields. */
export function parseCsvLine(text: string): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= text.length; at++) {
    const [field, end] = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    fields.push(field);
    at = end;
  }
  return fields;
}

function plainField(text: string, from: number): [string, number] {
  const comma = text.indexOf(",", from);
  const end = comma < 0 ? text.length : comma;
  const field = text.slice(from, end);
  if (field.includes('"')) refuse(`parse error in "${text}": bare " in a field without quotes`);
  return [field, end];
}

function quotedField(text: string, from: number): [string, number] {
  let field = "";
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] !== '"') field += text[at];
    else if (text[at + 1] === '"') field += text[++at];
    else if (at + 1 === text.length || text[at + 1] === ",") return [field, at + 1];
    else break;
  }
  return refuse(`parse error in "${text}": extraneous or missing " in a field with quotes`);
}
