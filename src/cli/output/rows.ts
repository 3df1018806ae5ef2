import { alignTabs } from "./tabwriter.ts";

/** One field of a row, which a format can name. */
export interface Column<Row> {
  /** Its name in a template: `ID` for `{{.ID}}`. */
  readonly key: string;
  readonly header: string;
  /** Computed only where the format uses it. */
  value(row: Row): unknown;
  /** In JSON, where it is another one than elsewhere. */
  json?(row: Row): unknown;
  /** With an argument, as in `{{.Label "x"}}`; then it is no part of the JSON. */
  lookup?(row: Row, name: string): unknown;
  /** Known to templates and JSON, but not shown in the default table. */
  readonly hidden?: boolean;
}

export interface RowFormat {
  /** The text of `--format`: `table`, `table TEMPLATE`, `json` or a template; default `table`. */
  readonly format?: string | undefined;
  /** With `-q`, the key of the column that is printed alone, unless `--format` says otherwise. */
  readonly quiet?: string | undefined;
}

/**
 * Rows as docker's CLI prints them, each on a line of its own.
 *
 * @throws KindedError `invalid-argument` for a template that does not parse or names no column
 * @see https://docs.docker.com/go/formatting/
 */
export async function formatRows<Row>(
  { format = "table", quiet }: RowFormat,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<string> {
  const source = format.trim() || "table";
  if (source === "table") {
    return quiet === undefined ? defaultTable(columns, rows) : single(columns, rows, quiet);
  }
  const templated = await import("./templated-rows.ts");
  return templated.formatTemplatedRows(source, columns, rows);
}

function defaultTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const shown = columns.filter(({ hidden }) => !hidden);
  const header = shown.map(({ header }) => header).join("\t");
  const lines = rows.map((row) => shown.map(({ value }) => value(row)).join("\t"));
  return alignTabs(`${[header, ...lines].join("\n")}\n`);
}

function single<Row>(columns: readonly Column<Row>[], rows: readonly Row[], key: string): string {
  const column = columns.find((candidate) => candidate.key === key);
  return rows.map((row) => `${column?.value(row)}\n`).join("");
}
