import { Build, type BuildDependencies } from "./build.ts";
import type { BuildService } from "./build-service.ts";

/** A builder over one store. */
export function createBuildService(dependencies: BuildDependencies): BuildService {
  return {
    async build(options, onEvent, signal) {
      using build = new Build(dependencies, options, onEvent, signal);
      return await build.run();
    },
  };
}
