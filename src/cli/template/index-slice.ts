import { fail } from "#errors";
import { isMap, isNil, isStruct, mapGet, structGet, typeName, zeroElement } from "./value.ts";

/** `index x 1 "a"`: x[1]["a"]. Text is indexed by byte; an absent map key reads as zero. */
export function indexValue(item: unknown, ...keys: unknown[]): unknown {
  if (isNil(item)) fail("invalid-argument", "index of untyped nil");
  let value: unknown = item;
  for (const key of keys) {
    if (isNil(value)) fail("invalid-argument", "index of nil pointer");
    value = element(value, key);
  }
  return value;
}

function element(item: unknown, key: unknown): unknown {
  if (isMap(item)) return mapGet(item, mapKey(key)) ?? zeroElement(item);
  if (isStruct(item)) return structGet(item, mapKey(key));
  const list = asList(item);
  if (list === undefined)
    return fail("invalid-argument", `can't index item of type ${typeName(item)}`);
  return list[position(key, list.length, false)];
}

function mapKey(key: unknown): string {
  if (isNil(key)) fail("invalid-argument", "value is nil; should be of type string");
  if (typeof key === "string") return key;
  return fail("invalid-argument", `value has type ${typeName(key)}; should be string`);
}

/** `slice x 1 3`: x[1:3]. Text is cut by bytes; a third index only limits the second. */
export function sliceValue(item: unknown, ...indexes: unknown[]): unknown {
  if (isNil(item)) fail("invalid-argument", "slice of untyped nil");
  if (indexes.length > 3) fail("invalid-argument", `too many slice indexes: ${indexes.length}`);
  if (indexes.length === 3 && typeof item === "string") {
    fail("invalid-argument", "cannot 3-index slice a string");
  }
  const list = asList(item);
  if (list === undefined)
    return fail("invalid-argument", `can't slice item of type ${typeName(item)}`);
  const [start = 0, end = list.length, limit = end] = indexes.map((index) =>
    position(index, list.length, true),
  );
  if (start > end) fail("invalid-argument", `invalid slice index: ${start} > ${end}`);
  if (end > limit) fail("invalid-argument", `invalid slice index: ${end} > ${limit}`);
  const part = list.slice(start, end);
  return typeof item === "string" ? part.toString() : part;
}

function asList(item: unknown): readonly unknown[] | Buffer | undefined {
  if (typeof item === "string") return Buffer.from(item);
  if (item instanceof Uint8Array) return Buffer.from(item);
  return Array.isArray(item) ? item : undefined;
}

function position(index: unknown, length: number, endAllowed: boolean): number {
  if (isNil(index)) fail("invalid-argument", "cannot index slice/array with nil");
  if (typeof index !== "number" || !Number.isInteger(index)) {
    return fail("invalid-argument", `cannot index slice/array with type ${typeName(index)}`);
  }
  const inside = index >= 0 && (endAllowed ? index <= length : index < length);
  return inside ? index : fail("invalid-argument", `index out of range: ${index}`);
}
