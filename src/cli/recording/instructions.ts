import { printable } from "../output/index.ts";

/**
 * A line of its own where it fits, else a document (Dockerfile reference, here-documents), in
 * which every character stands for itself.
 */
export function runInstruction(command: string): string {
  if (!/[\n\r]|\\$|<<|^(?:--|\[)/.test(command)) return `RUN ${command}`;
  let word = "EOF";
  while (command.split("\n").some((line) => line.trim() === word)) word += "_";
  return `RUN <<'${word}'\n${command}\n${word}`;
}

export function workdirInstruction(directory: string): string {
  if (/[\n\r]/.test(directory)) return comment(`WORKDIR cannot have the lines of ${directory}`);
  return `WORKDIR ${/^[\w./@:+-]+$/.test(directory) ? directory : quoted(directory)}`;
}

export function envInstruction(name: string, value: string): string {
  if (/[\n\r]/.test(value)) return comment(`ENV cannot have the lines of ${name}`);
  return `ENV ${name}=${quoted(value)}`;
}

export function comment(text: string): string {
  return printable(text)
    .split("\n")
    .map((line) => `# ${line}`)
    .join("\n");
}

function quoted(text: string): string {
  return `"${text.replace(/["\\$]/g, "\\$&")}"`;
}
