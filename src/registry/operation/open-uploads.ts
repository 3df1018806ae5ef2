/** Milliseconds after which a client that sends nothing more is not waited for. */
const PATIENCE = 5000;
const MOST = 10_000;

/**
 * The uploads that clients are at right now, between their requests too: what a server waits for
 * before it ends.
 */
export class OpenUploads {
  readonly #touched = new Map<string, number>();

  /** A request about an upload has come. */
  begin(method: string, path: string): void {
    if (method !== "POST") this.#touch(path, Number.POSITIVE_INFINITY);
  }

  /** It has been answered. */
  end(method: string, path: string, response: Response): void {
    if (method !== "POST") this.#touched.delete(path);
    const location = response.status === 202 && response.headers.get("location");
    if (location) this.#touch(location.replace(/^https?:\/\/[^/]*|\?.*/gs, ""), Date.now());
  }

  /** How many there are that somebody is at. */
  count(now = Date.now()): number {
    for (const [path, touched] of this.#touched)
      if (touched + PATIENCE < now) this.#touched.delete(path);
    return this.#touched.size;
  }

  /** The latest last, so that those to be forgotten stand first. */
  #touch(path: string, time: number): void {
    this.#touched.delete(path);
    this.#touched.set(path, time);
    if (this.#touched.size > MOST) this.#touched.delete(this.#touched.keys().next().value!);
  }
}
