import { isSpace } from "../syntax/space.ts";

/** Collects the words of a text whose parts are read one by one, quoted or not. */
export class WordSplitter {
  readonly #words: string[] = [];
  #word = "";

  /** Text outside quotes: its white space ends words. */
  addSplit(text: string): void {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      if (!isSpace(text[at]!)) continue;
      this.addWhole(text.slice(from, at));
      this.#end();
      from = at + 1;
    }
    this.addWhole(text.slice(from));
  }

  /** Quoted or escaped text: part of the word, white space and all. */
  addWhole(text: string): void {
    this.#word += text;
  }

  finish(): readonly string[] {
    this.#end();
    return this.#words;
  }

  #end(): void {
    if (this.#word !== "") this.#words.push(this.#word);
    this.#word = "";
  }
}
