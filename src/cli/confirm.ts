import type { Bytes } from "#bytes";
import type { Output } from "./output/index.ts";

/** Asks a question of yes or no; the answer is on the next line of input, and no by default. */
export async function confirm(
  output: Output,
  question: string,
  input: Bytes = Bun.stdin.stream(),
): Promise<boolean> {
  output.write(`${question} [y/N] `);
  return (await firstLine(input)).trim().toLowerCase() === "y";
}

async function firstLine(input: Bytes): Promise<string> {
  let text = "";
  for await (const chunk of input) {
    text += Buffer.from(chunk).toString();
    if (text.includes("\n")) break;
  }
  return text.split("\n", 1)[0]!;
}
