import { afterAll, beforeAll, describe, test } from "bun:test";
import { createPeer, type Peer } from "./peer.ts";

/** One thing that the OCI distribution spec 1.1 asks of a registry. */
export interface RegistryCase {
  /** The heading in spec.md. */
  readonly section: string;
  readonly name: string;
  /** The repository of the peer is empty. */
  run(peer: Peer): Promise<void>;
}

export interface RunningRegistry extends AsyncDisposable {
  readonly url: string;
}

/** Runs cases against a registry, each in a repository of its own. */
export function testRegistry(
  title: string,
  start: () => Promise<RunningRegistry>,
  cases: readonly RegistryCase[],
): void {
  describe(title, () => {
    let registry: RunningRegistry | undefined;
    beforeAll(async () => {
      registry = await start();
    });
    afterAll(() => registry?.[Symbol.asyncDispose]());
    for (const [number, { section, name, run }] of cases.entries())
      test(`${section}: ${name}`, () =>
        run(createPeer(registry?.url ?? "", `case/${number}-${crypto.randomUUID()}`)));
  });
}
