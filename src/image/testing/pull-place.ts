import { afterEach, beforeEach } from "bun:test";
import { join } from "node:path";
import { namesIn } from "#bytes";
import { kindOf, messageOf } from "#errors";
import type { PullEvent, PulledImage, PullOptions } from "../index.ts";
import { remoteOf, TestRepository } from "./repository.ts";
import { openTestStore, type TestStore } from "./store.ts";

/** A store and a registry with one repository, `example.com/app`. */
export interface PullPlace {
  readonly store: TestStore;
  readonly repository: TestRepository;
  /** What the pulls said so far. */
  readonly events: PullEvent[];
  pull(name?: string, options?: PullOptions): Promise<PulledImage[]>;
  /** What of downloads that did not end is here. */
  partial(): string[];
  /** The requests for blobs so far. */
  blobRequests(): string[];
}

/** New ones for each test of a file. */
export function usePullPlace(): PullPlace {
  let store: TestStore;
  let repository: TestRepository;
  let events: PullEvent[];
  beforeEach(() => {
    repository = new TestRepository();
    store = openTestStore({ remote: remoteOf(repository) });
    events = [];
  });
  afterEach(() => store[Symbol.dispose]());
  return {
    get store() {
      return store;
    },
    get repository() {
      return repository;
    },
    get events() {
      return events;
    },
    pull: (name = "example.com/app", options = {}) =>
      store.images.pull(name, { onEvent: (event) => events.push(event), ...options }),
    partial: () => namesIn(join(store.root, "ingest")),
    blobRequests: () => repository.requests.filter((line) => line.startsWith("blob")),
  };
}

/** How work fails. */
export async function failure(work: Promise<unknown>): Promise<[kind: string, message: string]> {
  try {
    await work;
  } catch (error) {
    return [kindOf(error), messageOf(error)];
  }
  return ["nothing", ""];
}
