export type { Dockerfile, Stage } from "./dockerfile.ts";
export {
  type ExpandInstructionOptions,
  expandInstruction,
} from "./expansion/expand-instruction.ts";
export {
  type Environment,
  type ExpandOptions,
  expandWord,
  expandWords,
  type VariableTrace,
} from "./expansion/shell-lexer.ts";
export { findStage, targetStage } from "./find-stage.ts";
export { hasGlob, matchGlob } from "./ignore/glob.ts";
export { IgnoreMatcher, type IgnoreState } from "./ignore/ignore-matcher.ts";
export { parseIgnoreFile } from "./ignore/parse-ignore-file.ts";
export type {
  AddInstruction,
  ArgInstruction,
  BuildArgument,
  CmdInstruction,
  CommandLine,
  CopyFields,
  CopyInstruction,
  EntrypointInstruction,
  EnvInstruction,
  ExposeInstruction,
  FromInstruction,
  HealthcheckInstruction,
  InlineFile,
  Instruction,
  InstructionText,
  KeyValue,
  LabelInstruction,
  MaintainerInstruction,
  OnbuildInstruction,
  RunDevice,
  RunInstruction,
  ShellHeredoc,
  ShellInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from "./instruction/instruction.ts";
export type {
  BindMount,
  CacheMount,
  RunMount,
  SecretMount,
  SshMount,
  TmpfsMount,
} from "./instruction/run-mount.ts";
export { type RunScript, runScript } from "./instruction/run-script.ts";
export { type ParseOptions, parseDockerfile, parseTrigger } from "./parse-dockerfile.ts";
export { clip } from "./syntax/clip.ts";
export {
  type DetectedSyntax,
  type Directive,
  type Directives,
  detectSyntax,
  type EscapeToken,
} from "./syntax/directives.ts";
export { excerpt } from "./syntax/excerpt.ts";
export type { Heredoc } from "./syntax/heredoc.ts";
export type { DockerfileNode, Warning } from "./syntax/node.ts";
export { type ParsedLines, parseLines } from "./syntax/parse-lines.ts";
export { located } from "./syntax/refusal.ts";
export type { Source, SourceRange } from "./syntax/source-range.ts";
export { didYouMean } from "./syntax/suggest.ts";
