export type { BuildDependencies } from "./build.ts";
export { type BuildDirectories, buildDirectories } from "./build-directory.ts";
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
export { createBuildService } from "./create-build-service.ts";
export type { Containers } from "./ops/run/container-pool.ts";
export { recoverBuilds } from "./recover-builds.ts";
