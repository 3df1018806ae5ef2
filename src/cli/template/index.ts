export { asDocument } from "./document.ts";
export { type ExecuteOptions, type ParseOptions, parseTemplate, type Template } from "./execute.ts";
export { formatJson, type JsonText } from "./json.ts";
export { sprintf } from "./printf.ts";
