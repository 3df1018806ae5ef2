/** Values of templates: what plain JavaScript values stand for in Go's eyes. */

type Method = (...args: unknown[]) => unknown;

/**
 * A nil pointer in a struct, which prints as `<nil>` where null in a map prints as `<no value>`.
 */
export const NIL_POINTER = Object.freeze({ marshalJson: () => "null" });

export function isNil(value: unknown): value is null | undefined | typeof NIL_POINTER {
  return value === undefined || value === null || value === NIL_POINTER;
}

/** A JSON-like object: Go's `map[string]any`. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || isNil(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function isMap(value: unknown): value is Record<string, unknown> | Map<unknown, unknown> {
  return value instanceof Map || isPlainObject(value);
}

/** An instance of a class: Go's struct, whose fields are known and keep their order. */
export function isStruct(value: unknown): value is object {
  if (typeof value !== "object" || isNil(value) || isMap(value)) return false;
  return !(Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Date);
}

/** Keys and values in the order in which Go ranges over and prints maps: sorted by key. */
export function mapEntries(map: Record<string, unknown> | Map<unknown, unknown>) {
  const entries: [unknown, unknown][] =
    map instanceof Map ? [...map] : Object.entries(map).filter(([, value]) => value !== undefined);
  return entries.sort(([a], [b]) => compareKeys(a, b));
}

function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : 1;
}

export function mapGet(map: Record<string, unknown> | Map<unknown, unknown>, key: unknown) {
  if (map instanceof Map) return map.get(key);
  return typeof key === "string" && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** What an absent key reads as: the zero of the element type, as far as the elements show it. */
export function zeroElement(map: Record<string, unknown> | Map<unknown, unknown>): unknown {
  const values = map instanceof Map ? [...map.values()] : Object.values(map);
  if (values.length === 0) return map instanceof Map ? "" : undefined;
  return values.every((value) => typeof value === "string") ? "" : undefined;
}

/** The field or method of a struct; methods come bound to it. */
export function structGet(struct: object, name: string): unknown {
  const value = isMember(struct, name) ? Reflect.get(struct, name) : undefined;
  return typeof value === "function" ? (value as Method).bind(struct) : value;
}

/** Its own or its classes' members, not what every object inherits. */
function isMember(struct: object, name: string): boolean {
  return name in struct && !(name in Object.prototype);
}

/** Names and values of the fields of a struct, lazy ones computed. */
export function structEntries(struct: object): [string, unknown][] {
  return Object.entries(struct).map(([name, value]) => [name, settle(value)]);
}

/** The value of a lazily computed field. */
function settle(value: unknown): unknown {
  return typeof value === "function" && value.length === 0 ? (value as Method)() : value;
}

/** Truth as text/template has it: the zero of its type is false, empty containers too. */
export function isTrue(value: unknown): boolean {
  if (value === NIL_POINTER) return false;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  if (isPlainObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The length that `len` gives: of text in bytes; undefined where Go has none. */
export function lengthOf(value: unknown): number | undefined {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (value instanceof Map) return value.size;
  return isPlainObject(value) ? Object.keys(value).length : undefined;
}

/** The Go type that a value would have, for messages and `%T`. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return Number.isSafeInteger(value) ? "int" : "float64";
    case "bigint":
      return "int64";
    case "function":
      return "func()";
    default:
      return objectTypeName(value);
  }
}

function objectTypeName(value: unknown): string {
  if (isNil(value)) return "interface {}";
  if (Array.isArray(value)) return `[]${elementType(value)}`;
  if (value instanceof Uint8Array) return "[]uint8";
  if (value instanceof Date) return "time.Time";
  if (value instanceof Map) return `map[string]${elementType([...value.values()])}`;
  if (isPlainObject(value)) return `map[string]${elementType(Object.values(value))}`;
  return (value as object).constructor.name;
}

function elementType(values: readonly unknown[]): string {
  const text = values.length > 0 && values.every((value) => typeof value === "string");
  return text ? "string" : "interface {}";
}
