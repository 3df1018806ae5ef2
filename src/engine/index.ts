export type { Engine, EngineOptions, Info } from "./engine.ts";
export type { EventOptions, StoreEvent } from "./events.ts";
export { openEngine } from "./local-engine.ts";
export { ownProgram } from "./program.ts";
