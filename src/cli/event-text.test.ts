import { expect, test } from "bun:test";
import { EventMessage, eventLine } from "./event-text.ts";
import { parseTemplate } from "./template/index.ts";

const EVENT = {
  id: 7,
  time: Date.UTC(2026, 10, 22, 13, 40, 22, 45),
  type: "container",
  action: "start",
  actor: "c0ffee",
  attributes: { name: "web", image: "box", B: "<2>" },
} as const;

test("a line has a local time with nanoseconds, and the attributes sorted", () => {
  expect(eventLine(EVENT)).toMatch(
    /^2026-11-2\dT\d\d:\d\d:22\.045000000(Z|[+-]\d\d:\d\d) container start c0ffee \(B=<2>, image=box, name=web\)$/,
  );
  expect(eventLine({ ...EVENT, type: "builder", actor: "", attributes: {} })).toEndWith(
    " builder start ",
  );
});

test("JSON and templates have Docker's names", () => {
  expect(new EventMessage(EVENT).marshalJson()).toBe(
    '{"status":"start","id":"c0ffee","from":"box","Type":"container","Action":"start",' +
      '"Actor":{"ID":"c0ffee","Attributes":{"B":"\\u003c2\\u003e","image":"box","name":"web"}},' +
      '"scope":"local","time":1795354822,"timeNano":1795354822045000000}',
  );
  const volume = new EventMessage({ ...EVENT, type: "volume" }).marshalJson();
  expect(volume).toStartWith('{"Type":"volume"');
  const template = parseTemplate("{{.Type}} {{.Actor.Attributes.name}} {{.TimeNano}} {{.Status}}");
  expect(template.execute(new EventMessage(EVENT))).toBe("container web 1795354822045000000 start");
});
