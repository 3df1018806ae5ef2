import { messageOf } from "#errors";
import { addAbsentFields } from "./absent-fields.ts";
import { UsageError } from "./flags/index.ts";
import { asDocument, formatJson, parseTemplate } from "./template/index.ts";

/** Exit code of a `--format` that does not parse. */
const BAD_TEMPLATE = 64;

/** One document of the Engine API's shape as text. */
export type DocumentFormatter = (document: object) => string;

/**
 * What `--format` of `inspect`, `info` and `version` makes of a document: `json` or a template.
 *
 * @throws UsageError with exit code 64 for a template that does not parse
 */
export function documentFormatter(format: string): DocumentFormatter {
  if (format === "json") return (document) => formatJson(document);
  const template = parsed(format);
  return (document) => template.execute(asDocument(document));
}

/**
 * Like {@link documentFormatter} for `inspect`, where a template may also name what the raw JSON
 * has and Docker's own types do not.
 */
export function rawDocumentFormatter(format: string): DocumentFormatter {
  const template = parsed(format);
  return (document) => {
    try {
      return template.execute(addAbsentFields(asDocument(document) as object));
    } catch {
      return template.execute(document, { strict: true });
    }
  };
}

function parsed(format: string) {
  try {
    return parseTemplate(format);
  } catch (error) {
    throw new UsageError(messageOf(error), BAD_TEMPLATE);
  }
}
