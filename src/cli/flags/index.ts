export {
  type ArgumentCount,
  type Command,
  type CommandDefinition,
  defineCommand,
  type FlagSpec,
  type FlagSpecs,
  type FlagValues,
  type Invocation,
} from "./definition.ts";
export { runProgram, type Terminal } from "./dispatch.ts";
export { type ParsedArguments, type ParseOptions, parseArguments } from "./parse.ts";
export {
  type CommandEntry,
  defineProgram,
  type Entries,
  type Entry,
  type GroupEntry,
  type Program,
} from "./program.ts";
export { BAD_FLAG, UsageError } from "./usage-error.ts";
export { parseBool, parseBytes, parseDuration } from "./values.ts";
