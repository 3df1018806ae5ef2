const refer =
  "Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";

/** `--format` of commands that print rows. */
export const rowFormatFlag = {
  type: "string",
  help: `Format output using a custom template:
'table':            Print output in table format with column headers (default)
'table TEMPLATE':   Print output in table format using the given Go template
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
${refer}`,
} as const;

/** `--format` of commands that print documents. */
export const documentFormatFlag = {
  type: "string",
  short: "f",
  help: `Format output using a custom template:
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
${refer}`,
} as const;
