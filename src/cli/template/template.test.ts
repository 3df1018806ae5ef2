import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { KindedError } from "#errors";
import { asDocument, formatJson, parseTemplate, sprintf } from "./index.ts";

interface Golden {
  data: Record<string, unknown> & { Lab: { $map: Record<string, string> } };
  results: [string, string][];
  errors: [string, string][];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("testdata/go-text-template.json", import.meta.url), "utf8"),
);
const data = { ...golden.data, Lab: new Map(Object.entries(golden.data.Lab.$map)) };

function format(text: string, value: unknown = data, strict = false): string {
  return parseTemplate(text).execute(value, { strict });
}

function errorOf(text: string, value: unknown = data, strict = false): string {
  try {
    return `no error but: ${format(text, value, strict)}`;
  } catch (error) {
    if (error instanceof KindedError) return error.message.replace(/^.*?: template: /, "");
    throw error;
  }
}

describe("as Go prints it", () => {
  test.each(golden.results)("%s", (text, expected) => {
    expect(format(text)).toBe(expected);
  });
});

describe("as Go complains", () => {
  test.each(golden.errors)("%s", (text, expected) => {
    expect(errorOf(text)).toBe(expected);
  });
});

test("errors carry the prefix of docker's CLI and their kind", () => {
  expect(() => format("{{.ID")).toThrow("template parsing error: template: :1: unclosed action");
  try {
    format("{{.ID}}{{len 1}}");
  } catch (error) {
    expect((error as KindedError).kind).toBe("invalid-argument");
  }
});

describe("newer syntax", () => {
  test.each([
    ["{{with .X}}a{{else with .ID}}{{.}}{{else}}c{{end}}", "abc<1>"],
    ["{{range 3}}{{.}}{{end}}{{range $i := 2}}{{$i}}{{end}}", "01201"],
    ["{{range .NL}}{{if eq . 1}}{{continue}}{{else if eq . 3}}{{break}}{{end}}{{.}}{{end}}", "2"],
  ])("%s", (text, expected) => {
    expect(format(text)).toBe(expected);
  });
});

describe("lazily computed fields", () => {
  const row = {
    ID: () => "abc",
    Label: (name: string) => `<${name}>`,
    Boom: () => JSON.parse("{"),
  };

  test("functions are called where they are read", () => {
    expect(format('{{.ID}} {{.Label "x"}} {{"y" | .Label}} {{upper .ID}}', row)).toBe(
      "abc <x> <y> ABC",
    );
  });

  test("only those that the format names", () => {
    let calls = 0;
    const counted = { A: () => "a", B: () => ++calls };
    expect(format("{{.A}}", counted)).toBe("a");
    expect(calls).toBe(0);
  });

  test("wrong arguments and failures are errors of the template", () => {
    const place = ':1:2: executing "" at <.ID>: ';
    expect(errorOf("{{.ID 1}}", row)).toBe(`${place}wrong number of args for ID: want 0 got 1`);
    expect(errorOf("{{.Boom}}", row)).toStartWith(
      ':1:2: executing "" at <.Boom>: error calling Boom: ',
    );
  });
});

describe("structs", () => {
  class State {
    Status = "created";
    Running = false;
    Pid = 0;
    short(): string {
      return this.Status.slice(0, 2);
    }
  }

  test("print their fields in order and know their methods", () => {
    expect(format("{{.}} {{.Running}} {{.short}}", new State())).toBe("{created false 0} false cr");
    expect(format('{{printf "%+v" .}}', new State())).toBe("{Status:created Running:false Pid:0}");
  });

  test("have no other fields, and nothing of JavaScript's", () => {
    const where = ':1:2: executing "" at <';
    for (const name of ["Foo", "constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(errorOf(`{{.${name}}}`, new State())).toBe(
        `${where}.${name}>: can't evaluate field ${name} in type State`,
      );
    }
    expect(format("{{.constructor}}{{.__proto__}}", {})).toBe("<no value><no value>");
  });
});

describe("documents of the Engine API, as docker inspect prints them", () => {
  const container = asDocument({
    Id: "c1",
    State: { Status: "created", Running: false, Pid: 0, Health: null },
    HostConfig: { LogConfig: { Type: "json-file", Config: {} }, PortBindings: null, Binds: null },
    Config: { Labels: { a: "1", b: "x y" }, Cmd: ["/bin/busybox", "sh"], Entrypoint: null },
    SizeRw: null,
    NetworkSettings: { Networks: { bridge: { IPAddress: "" } } },
  });
  test.each([
    ["{{.State}}", "{created false 0 <nil>}"],
    [
      "{{.Config.Labels}} {{.Config.Cmd}} {{.Config.Entrypoint}}",
      "map[a:1 b:x y] [/bin/busybox sh] []",
    ],
    ["{{.Config.Labels.a}} {{.Config.Labels.none}}", "1 <no value>"],
    ['{{index .Config.Labels "b"}}{{index .Config.Labels "none"}}|', "x y|"],
    ['{{index .Config "Cmd"}}', "[/bin/busybox sh]"],
    ["{{.NetworkSettings.Networks.none.IPAddress}}", "<no value>"],
    ["{{range $name, $n := .NetworkSettings.Networks}}{{$name}}{{end}}", "bridge"],
    ["{{if .State.Health}}h{{else}}n{{end}} {{.SizeRw}}", "n <nil>"],
    ["{{.HostConfig.LogConfig}}", "{json-file map[]}"],
    ["{{range .HostConfig.PortBindings}}x{{else}}none{{end}}{{len .HostConfig.Binds}}", "none0"],
    [
      "{{json .Config}}",
      '{"Labels":{"a":"1","b":"x y"},"Cmd":["/bin/busybox","sh"],"Entrypoint":null}',
    ],
    [
      "{{json .HostConfig}}",
      '{"LogConfig":{"Type":"json-file","Config":{}},"PortBindings":null,"Binds":null}',
    ],
    ["{{json .SizeRw}}", "null"],
  ])("%s", (text, expected) => {
    expect(format(text, container, true)).toBe(expected);
  });

  test("an unknown field is an error in docker's words", () => {
    expect(errorOf("{{.Config.Foo}}", container, true)).toBe(
      ':1:9: executing "" at <.Config.Foo>: map has no entry for key "Foo"',
    );
    expect(errorOf("{{.Id.Foo}}", container, true)).toBe(
      ':1:5: executing "" at <.Id.Foo>: can\'t evaluate field Foo in type interface {}',
    );
    expect(errorOf("{{.State.Health.Status}}", container, true)).toBe(
      ':1:8: executing "" at <.State.Health.Status>: nil pointer evaluating interface {}.Status',
    );
  });

  test("a hostile key does not reach the prototype", () => {
    const hostile = asDocument(JSON.parse('{"__proto__":{"x":1},"Labels":{"__proto__":"y"}}'));
    expect(format("{{.Labels}}", hostile)).toBe("map[__proto__:y]");
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

test("times and bytes print as Go's", () => {
  const value = { T: new Date("2026-11-22T13:01:26.500Z"), B: Uint8Array.of(104, 105) };
  expect(format('{{.T}} {{.B}} {{printf "%s" .B}} {{json .B}}', value)).toBe(
    '2026-11-22 13:01:26.5 +0000 UTC [104 105] hi "aGk="',
  );
});

test("json leaves <, > and & alone unless asked", () => {
  expect(formatJson({ a: "<&>\u2028" })).toBe('{"a":"<&>\\u2028"}');
  expect(formatJson({ a: "<&>" }, true)).toBe('{"a":"\\u003c\\u0026\\u003e"}');
});

describe("printf rounds halves to even as Go does", () => {
  test.each([
    ["%.3g", 1.125, "1.12"],
    ["%.3g", 1.375, "1.38"],
    ["%.0f", 0.5, "0"],
    ["%.0f", 1.5, "2"],
    ["%.1f", 0.25, "0.2"],
    ["%.2f", 2.675, "2.67"],
    ["%.3e", 1234.5, "1.234e+03"],
    ["%.3g", 999.6, "1e+03"],
    ["%v", 1e-7, "1e-07"],
    ["%v", 123456789.5, "1.234567895e+08"],
  ])("%s of %p", (text, value, expected) => {
    expect(sprintf(text, [value])).toBe(expected);
  });
});

describe("any text parses or fails with an error of its own", () => {
  const piece = fc.oneof(
    fc.constantFrom("{{", "}}", "{{- ", " -}}", "|", "(", ")", '"', "`", "'", "$", "$x", ":=", "="),
    fc.constantFrom(
      ".",
      ".A",
      ".A.B",
      "if ",
      "else ",
      "end",
      "range ",
      "with ",
      "define ",
      "block ",
    ),
    fc.constantFrom('template "x"', "/*", "*/", "1", "-", "0x", "1e9", ",", "\n", "nil", "printf "),
    fc.string({ maxLength: 5 }),
  );

  test("random texts", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const text = pieces.join("");
        try {
          parseTemplate(text).execute({ A: { B: "x" } });
        } catch (error) {
          expect(error).toBeInstanceOf(KindedError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["parentheses", "{{".concat("(".repeat(50_000))],
    ["nested ifs", "{{if 1}}".repeat(50_000)],
    ["else ifs", `{{if 0}}${"{{else if 0}}".repeat(50_000)}{{end}}`],
    ["a template that calls itself", '{{define "t"}}{{template "t"}}{{end}}{{template "t"}}'],
    [
      "two that call each other",
      '{{define "a"}}{{template "b"}}{{end}}{{define "b"}}{{template "a"}}{{end}}{{template "a"}}',
    ],
    ["an unclosed quote", `{{"${"\\a".repeat(50_000)}`],
  ])("deep or endless: %s", (_, text) => {
    expect(errorOf(text)).toMatch(/^:\d+/);
  });

  test("long texts of spaces and digits", () => {
    const spaces = " ".repeat(200_000);
    expect(format(`a${spaces}{{- 1 -}}${spaces}b`)).toBe("a1b");
    expect(errorOf(`{{${"1_".repeat(50_000)}}}`)).toContain("illegal number syntax");
  });
});
