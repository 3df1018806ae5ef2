import { describe, expect, test } from "bun:test";
import { type Column, formatRows } from "./index.ts";

interface Image {
  repository: string;
  tag: string;
  id: string;
}

const columns: readonly Column<Image>[] = [
  { key: "Repository", header: "REPOSITORY", value: ({ repository }) => repository },
  { key: "Tag", header: "TAG", value: ({ tag }) => tag },
  { key: "ID", header: "IMAGE ID", value: ({ id }) => id },
  { key: "CreatedSince", header: "CREATED", value: () => "2 minutes ago" },
  { key: "Size", header: "SIZE", value: () => "1.98MB" },
  { key: "Digest", header: "DIGEST", value: () => "<none>", hidden: true },
];
const rows = [
  { repository: "demo", tag: "1", id: "4fb766677b37" },
  { repository: "other/demo", tag: "2", id: "4fb766677b37" },
];

function lines(format?: string, quiet?: string): Promise<string> {
  return formatRows({ format, quiet }, columns, rows);
}

describe("the default table", () => {
  const table = [
    "REPOSITORY   TAG       IMAGE ID       CREATED         SIZE",
    "demo         1         4fb766677b37   2 minutes ago   1.98MB",
    "other/demo   2         4fb766677b37   2 minutes ago   1.98MB",
    "",
  ].join("\n");

  test("as docker aligns it, with no format, an empty one or `table`", async () => {
    expect(await lines()).toBe(table);
    expect(await lines("")).toBe(table);
    expect(await lines("table")).toBe(table);
  });

  test("of nothing is its header", async () => {
    expect(await formatRows({}, columns, [])).toBe(
      "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n",
    );
  });
});

test("quiet prints one column, unless a format says otherwise", async () => {
  expect(await lines(undefined, "ID")).toBe("4fb766677b37\n4fb766677b37\n");
  expect(await lines("{{.Tag}}", "ID")).toBe("1\n2\n");
});

test("json has all columns, sorted and escaped as docker's", async () => {
  const [first] = (await lines("json")).split("\n");
  expect(first).toBe(
    '{"CreatedSince":"2 minutes ago","Digest":"\\u003cnone\\u003e","ID":"4fb766677b37",' +
      '"Repository":"demo","Size":"1.98MB","Tag":"1"}',
  );
  expect(await lines("{{json .}}")).toBe(await lines("json"));
});

describe("templates", () => {
  test.each([
    ["{{.ID}}", "4fb766677b37\n4fb766677b37\n"],
    ["{{.Tag}}\\t{{.Repository}}", "1\tdemo\n2\tother/demo\n"],
    ["  {{.Tag}} ", "1\n2\n"],
    ["x\\ny", "x\ny\nx\ny\n"],
    ['"{{.Tag}}"\\', '"1"\\\n"2"\\\n'],
    ["table {{.ID}}", "IMAGE ID\n4fb766677b37\n4fb766677b37\n"],
    ["table{{.Tag}}", "TAG\n1\n2\n"],
    [
      "table {{.Tag}}\\t{{.Repository}}",
      "TAG       REPOSITORY\n1         demo\n2         other/demo\n",
    ],
    [
      "table {{upper .Repository}}\\t{{.Tag | lower}}",
      "REPOSITORY   TAG\nDEMO         1\nOTHER/DEMO   2\n",
    ],
    ["table {{.Tag}}\\tfoo", "TAG       foo\n1         foo\n2         foo\n"],
    ["table {{if .ID}}{{.Tag}}{{end}}", "TAG\n1\n2\n"],
    [
      'table {{truncate .ID 4}}\\t{{join (split .Tag ",") ";"}}',
      "IMAGE ID   TAG\n4fb7       1\n4fb7       2\n",
    ],
    ["table {{.Digest}}", "DIGEST\n<none>\n<none>\n"],
    ["TABLE {{.Tag}}", "TABLE 1\nTABLE 2\n"],
  ])("%s", async (format, expected) => {
    expect(await lines(format)).toBe(expected);
  });

  test("compute only what they name", async () => {
    const trap: Column<Image> = {
      key: "Trap",
      header: "TRAP",
      hidden: true,
      value: () => {
        throw new Error("computed");
      },
    };
    expect(await formatRows({ format: "{{.Tag}}" }, [...columns, trap], rows)).toBe("1\n2\n");
    expect(await formatRows({}, [...columns, trap], [])).toContain("REPOSITORY");
    await expect(formatRows({ format: "{{.Trap}}" }, [trap], rows)).rejects.toThrow("computed");
  });

  test("that name no column or do not parse are errors in docker's words", async () => {
    await expect(lines("table {{.ID}} {{.Foo}}")).rejects.toThrow(
      'template parsing error: template: :1:10: executing "" at <.Foo>: can\'t evaluate field Foo in type Row',
    );
    await expect(lines("{{.ID")).rejects.toThrow(
      "template parsing error: template: :1: unclosed action",
    );
  });
});
