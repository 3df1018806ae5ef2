import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { base } from "../test/shale.ts";
import { makeNodeModules } from "./node-modules.ts";
import type { Inputs } from "./rows.ts";

/** Inputs below this directory, each made when a row first asks for it. */
export function prepareInputs(home: string): Inputs {
  const debian = lazy(() => base("debian"));
  const busybox = lazy(() => base("busybox"));
  const steps = lazy(() => makeSteps(home));
  const nodeApp = lazy(() => makeNodeModules(home));
  return {
    scratch: home,
    get debian() {
      return debian();
    },
    get busybox() {
      return busybox();
    },
    get steps() {
      return steps();
    },
    get nodeApp() {
      return nodeApp();
    },
  };
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function makeSteps(home: string): string {
  const steps = join(home, "steps");
  mkdirSync(steps);
  const runs = Array.from({ length: 8 }, (_, index) => `RUN echo ${index} > /step-${index}\n`);
  writeFileSync(join(steps, "Dockerfile"), `FROM debian\n${runs.join("")}`);
  return steps;
}
