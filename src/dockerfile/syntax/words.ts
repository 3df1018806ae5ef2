import type { EscapeToken } from "./directives.ts";
import { isSpace } from "./space.ts";

/**
 * Splits text at white space outside quotes; the words keep their quotes and escapes, which word
 * expansion takes away later. An escape at the very end is dropped.
 */
export function splitWords(text: string, escapeToken: EscapeToken): string[] {
  const words: string[] = [];
  for (let at = 0; at < text.length; at++) {
    if (isSpace(text[at]!)) continue;
    const end = endOfWord(text, at, escapeToken);
    const word = text.slice(at, end > text.length ? text.length - 1 : end);
    if (word !== "") words.push(word);
    at = end;
  }
  return words;
}

/** Where the word ends; past the end of the text when its last character escapes nothing. */
function endOfWord(text: string, from: number, escapeToken: EscapeToken): number {
  let quote: string | undefined;
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if (char === escapeToken && quote !== "'") at++;
    else if (char === quote) quote = undefined;
    else if (quote === undefined && (char === "'" || char === '"')) quote = char;
    else if (quote === undefined && isSpace(char)) break;
  }
  return at;
}
