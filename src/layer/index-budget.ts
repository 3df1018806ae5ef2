import { fail } from "#errors";
import { shown } from "./entry-rules.ts";

/** How much of something all the entries of a layer may bring into its index together. */
export class IndexBudget {
  readonly #most: number;
  readonly #what: string;
  #spent = 0;

  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** Fails with `resource-exhausted`, naming the entry, when it brings too much. */
  spend(amount: number, path: string): void {
    this.#spent += amount;
    if (this.#spent > this.#most)
      fail(
        "resource-exhausted",
        `the layer has more than ${this.#most} ${this.#what} (at ${shown(path)})`,
      );
  }
}
