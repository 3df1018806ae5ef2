import type { Attachment, Supervised } from "#runtime";
import type { AttachOptions, ContainerStreams } from "./container-service.ts";

/** A line to a container's streams that may be ordered before there are any. */
export class OrderedStreams implements ContainerStreams {
  readonly done: Promise<void>;
  readonly #options: AttachOptions;
  readonly #finished = Promise.withResolvers<void>();
  #attachment: Attachment | undefined;
  #disposed: boolean = false;

  constructor(options: AttachOptions) {
    this.#options = options;
    this.done = this.#finished.promise;
  }

  connect(supervised: Supervised): void {
    if (this.#disposed) return;
    this.#attachment = supervised.attach(this.#options);
    this.#finished.resolve(this.#attachment.done.then(() => {}));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#attachment?.[Symbol.dispose]();
    this.#finished.resolve();
  }
}
