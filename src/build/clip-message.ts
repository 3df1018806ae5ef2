import { clip } from "#dockerfile";

const MOST_LINE = 400;
const END = 100;

/** A message whose lines are not endless, even if it quotes a command that is: its end stays. */
export function clipMessage(message: string): string {
  return message.split("\n").map(clipMiddle).join("\n");
}

function clipMiddle(line: string): string {
  return line.length > MOST_LINE ? clip(line) + line.slice(-END) : line;
}
