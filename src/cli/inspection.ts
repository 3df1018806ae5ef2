import type { CommandContext } from "./context.ts";
import { rawDocumentFormatter } from "./document-format.ts";
import { forEachArgument, writeErrors } from "./each-argument.ts";
import { formatJson } from "./template/index.ts";

/**
 * Prints what is known of each name: a JSON array, or with a template a line for each. What is not
 * there is told of afterwards.
 *
 * @param find gives the JSON document of a name, or fails
 * @returns the exit code
 */
export async function inspectEach(
  context: CommandContext,
  names: readonly string[],
  format: string | undefined,
  find: (name: string) => Promise<object>,
): Promise<number> {
  const listing = format && format !== "json" ? lines(format) : array(format === "json");
  const errors = await forEachArgument(names, async (name) => listing.add(await find(name)));
  context.stdout.write(listing.text());
  writeErrors(context, errors);
  return errors.length > 0 ? 1 : 0;
}

interface Listing {
  add(document: object): void;
  text(): string;
}

function lines(format: string): Listing {
  const formatter = rawDocumentFormatter(format);
  let text = "";
  return {
    add: (document) => {
      text += `${formatter(document)}\n`;
    },
    text: () => text || "\n",
  };
}

function array(compact: boolean): Listing {
  const documents: object[] = [];
  return {
    add: (document) => documents.push(document),
    text: () => `${compact ? formatJson(documents) : indented(documents)}\n`,
  };
}

/** Docker's four spaces; what Go's encoder escapes is escaped. */
function indented(documents: readonly object[]): string {
  return JSON.stringify(documents, null, 4)
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
