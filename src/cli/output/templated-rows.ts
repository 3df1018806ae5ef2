import { formatJson, type JsonText, parseTemplate } from "../template/index.ts";
import type { Column } from "./rows.ts";
import { alignTabs } from "./tabwriter.ts";

/** In a header every function gives back the name it is applied to. */
const HEADER_FUNCTIONS = ["json", "split", "join", "title", "lower", "upper", "pad", "truncate"];

/** `json`, `table TEMPLATE` or a template, applied to each row. */
export function formatTemplatedRows<R>(
  source: string,
  columns: readonly Column<R>[],
  rows: readonly R[],
): string {
  const fields = rows.map((row) => new Row(row, columns));
  if (source === "json") return fields.map((row) => `${row.marshalJson()}\n`).join("");
  const isTable = source.startsWith("table");
  const text = (isTable ? source.slice("table".length).trim() : source)
    .replaceAll("\\t", "\t")
    .replaceAll("\\n", "\n");
  const template = parseTemplate(text);
  const lines = fields.map((row) => `${template.execute(row)}\n`).join("");
  return isTable ? alignTabs(header(text, columns) + lines) : lines;
}

/** The template applied to the names of the columns. */
function header<R>(text: string, columns: readonly Column<R>[]): string {
  const names = Object.fromEntries(
    columns.map(({ key, header, lookup }) => [key, lookup ? labelHeader : header]),
  );
  const template = parseTemplate(text, { identities: HEADER_FUNCTIONS });
  return `${template.execute(names)}\n`;
}

/** `my label` of `com.example.my-label`. */
function labelHeader(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).replace(/[-_]/g, " ");
}

/** A row as templates see it: a struct whose fields are computed when they are read. */
class Row<R> implements JsonText {
  readonly #row: R;
  readonly #columns: readonly Column<R>[];

  constructor(row: R, columns: readonly Column<R>[]) {
    this.#row = row;
    this.#columns = columns;
    for (const { key, value, lookup } of columns) {
      const field = lookup ? (name: string) => lookup(row, name) : () => value(row);
      Object.defineProperty(this, key, { value: field, enumerable: true });
    }
  }

  /** Keys are sorted and `<`, `>`, `&` escaped, as docker's rows are. */
  marshalJson(): string {
    const fixed = this.#columns.filter(({ lookup }) => lookup === undefined);
    const columns = fixed.sort((one, other) => (one.key < other.key ? -1 : 1));
    const fields = columns.map(({ key, value, json = value }) => [key, json(this.#row)] as const);
    return formatJson(Object.fromEntries(fields), true);
  }
}
