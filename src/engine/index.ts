export type { Engine, EngineOptions, Info } from "./engine.ts";
export { openEngine } from "./local-engine.ts";
