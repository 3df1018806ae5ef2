export type {
  BuildEvent,
  BuildWarning,
  BuiltImage,
  FailureDetails,
  OnBuildEvent,
  StepCancelled,
  StepDetail,
  StepDone,
  StepFailed,
  StepLogged,
  StepStart,
} from "./build-event.ts";
export type {
  BuildOptions,
  BuildResult,
  BuildService,
  ContextSource,
  DockerfileSource,
} from "./build-service.ts";
export {
  type BuildDependencies,
  buildDirectories,
  createBuildService,
} from "./create-build-service.ts";
