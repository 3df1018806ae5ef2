import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DockerRegistry } from "../test/docker-registry.ts";
import { execute } from "../test/peers.ts";
import { base } from "../test/shale.ts";
import { fillRegistry } from "./fill-registry.ts";
import { makeNodeModules } from "./node-modules.ts";
import type { Inputs } from "./rows.ts";

/**
 * Inputs below this directory, each made when a row first asks for it. The first registry is to be
 * filled, the second to be pushed to.
 */
export function prepareInputs(home: string, registries: readonly DockerRegistry[]): Inputs {
  const debian = lazy(() => base("debian"));
  const busybox = lazy(() => base("busybox"));
  const steps = lazy(() => makeSteps(home));
  const nodeApp = lazy(() => makeNodeModules(home));
  const large = lazy(() => makeLarge(home));
  const [full, target] = registries;
  const registry = lazy(() => fillRegistry(full!.host, home, { debian: debian(), large: large() }));
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
    get large() {
      return large();
    },
    get registry() {
      return registry();
    },
    get emptyRegistry() {
      return { host: target!.host, empty: `rm -rf '${target!.storage}/docker'` };
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

/** A base with one file of 1 GB in it that no compression makes smaller. */
function makeLarge(home: string): string {
  const archive = join(home, "large.tar");
  execute(["cp", base("busybox"), archive]);
  execute(["sh", "-ec", `head -c 1000000000 /dev/urandom > '${home}/blob'`]);
  execute(["tar", "--append", "--file", archive, "--directory", home, "blob"]);
  return archive;
}
