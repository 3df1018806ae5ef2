import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import { openContentStore } from "#content";
import type { ContainerStore } from "#container";
import { createImageService, type ImageService } from "#image";
import type { Snapshotter } from "#snapshot";
import { openState, type State } from "#state";
import type { Engine, EngineOptions } from "./engine.ts";

/** Opens the store at `root` in this process; it is made when missing. */
export function openEngine(options: EngineOptions): Promise<Engine> {
  return Promise.resolve(new LocalEngine(options));
}

/** The engine in its own process: every part is made when it is first asked for. */
class LocalEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #state: State;
  #snapshotter: Promise<Snapshotter> | undefined;
  #images: ImageService | undefined;
  #recovered: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#state = openState(options.root);
  }
