import { fail } from "#errors";
import { Supervised } from "#runtime";
import { type ContainerStore, exitsOf, placesOf, runtimeOf } from "./container-store.ts";
import type { Container } from "./record.ts";

/** The supervised process of a container that is up, whoever has started it. */
export function supervisedOf(store: ContainerStore, container: Container): Supervised {
  const { id, name, record } = container;
  const monitor = record.monitor ?? fail("data-loss", `container ${name} has no supervisor`);
  const directory = placesOf(store, id).bundle;
  return new Supervised({
    runtime: runtimeOf(store, container),
    id,
    bundle: { directory, program: "", terminal: record.config.Tty ?? false },
    exitDirectory: exitsOf(store.runtimeDirectory),
    monitor,
  });
}
