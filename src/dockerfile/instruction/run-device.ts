import { refuse } from "../syntax/refusal.ts";
import { didYouMean } from "../syntax/suggest.ts";
import { parseCsvLine } from "./csv.ts";
import type { RunDevice } from "./instruction.ts";
import { parseBoolean } from "./quantity.ts";

/** Reads the value of one `--device=`: `NAME[,required]` or `name=NAME[,required=true]`. */
export function parseDevice(text: string): RunDevice {
  let name = "";
  let required = false;
  for (const field of parseCsvLine(text)) {
    const at = field.indexOf("=");
    const key = field.slice(0, at < 0 ? undefined : at).toLowerCase();
    if (key === "required") required = at < 0 || requirement(field.slice(at + 1));
    else if (key === "name" && at >= 0) name = onlyName(name, field.slice(at + 1));
    else if (name === "") name = field;
    else unexpected(key, field, at);
  }
  return { name, required };
}

function requirement(value: string): boolean {
  return parseBoolean(value) ?? refuse(`invalid value for required: ${value}`);
}

function onlyName(before: string, name: string): string {
  return before === "" ? name : refuse(`device name already set to ${before}`);
}

function unexpected(key: string, field: string, at: number): never {
  if (at < 0) refuse(`invalid field '${field}' must be a key=value pair`);
  return refuse(`unexpected key '${key}' in '${field}'${didYouMean(key, ["name", "required"])}`);
}
