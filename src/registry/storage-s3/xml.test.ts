import { expect, test } from "bun:test";
import { elements, escapeXml, textOf } from "./xml.ts";

test("elements, with attributes and without, and their text", () => {
  const xml = '<R xmlns="x"><C><Key>a&amp;b</Key></C><C a="1"><Key>&#252;&#xe9;</Key></C></R>';
  expect(elements(xml, "C").map((each) => textOf(each, "Key"))).toEqual(["a&b", "üé"]);
  expect(textOf(xml, "Missing")).toBeUndefined();
  expect(elements("<Keys>no</Keys>", "Key")).toEqual([]);
});

test("what would mean something else to another reader is refused", () => {
  const entity = '<!DOCTYPE a [<!ENTITY x "y">]><Key>&x;</Key>';
  for (const xml of [entity, "<Key><![CDATA[<Key>]]></Key>", "<Key>cut off"])
    expect(() => elements(xml, "Key")).toThrow("the storage's answer");
});

test("references that are none stay as they are", () => {
  expect(textOf("<K>&unknown;&#99999999;&#x110000;&</K>", "K")).toBe(
    "&unknown;&#99999999;&#x110000;&",
  );
});

test("text is escaped so that it comes back", () => {
  const text = "a<b>&\"'c";
  expect(textOf(`<K>${escapeXml(text)}</K>`, "K")).toBe(text);
});
