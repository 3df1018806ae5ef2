import type { Bytes } from "#bytes";
import type { Output } from "./output/index.ts";

/** What is typed or piped in. */
export interface Input {
  readonly isTerminal: boolean;
  /** Ends with the signal's reason when that is aborted, also while waiting for more. */
  bytes(signal: AbortSignal): Promise<Bytes>;
  /** Stops a terminal from showing what is typed, until disposed. */
  hide(): Promise<Disposable>;
}

/** Asks for lines on a terminal, one after the other. */
export interface Prompt {
  /** The answer without the spaces around it. */
  ask(question: string): Promise<string>;
  /** The same for a secret: it is not shown, and taken as it is. */
  askSecret(question: string): Promise<string>;
}

export function openPrompt(input: Input, output: Output, signal: AbortSignal): Prompt {
  const lines = linesOf(input.bytes(signal));
  const answer = async () => (await lines.next()).value ?? "";
  return {
    async ask(question) {
      output.write(question);
      return (await answer()).trim();
    },
    async askSecret(question) {
      using _hidden = await input.hide();
      output.write(question);
      try {
        return await answer();
      } finally {
        output.write("\n");
      }
    },
  };
}

async function* linesOf(bytes: Promise<Bytes>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of await bytes) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    text = lines.pop()!;
    yield* lines;
  }
  if (text !== "") yield text;
  return undefined;
}
