import { expect, test } from "bun:test";
import { fail, kindOf, messageOf } from "#errors";
import type { ImageStore, ResolvedImage } from "#image";
import { type DiffId, digestOf } from "#oci";
import { type BaseImages, findBaseImage } from "./base-images.ts";

const resolved: ResolvedImage = {
  ...{ id: digestOf("id"), manifest: digestOf("manifest"), tags: [], digests: [] },
  config: {
    ...{ os: "linux", architecture: "amd64" },
    rootfs: { type: "layers", diff_ids: [digestOf("layer") as DiffId] },
  },
};

/** Images of which some are here, and all others in a registry unless that is broken. */
function find(name: string, options: { here?: string[]; pull?: boolean; broken?: () => never }) {
  const here = new Set(options.here);
  const pulled: string[] = [];
  const details: string[] = [];
  const images: BaseImages = {
    resolve: async (asked) =>
      here.has(asked) ? resolved : fail("not-found", `No such image: ${asked}`),
    async pull(asked, { onEvent } = {}) {
      options.broken?.();
      pulled.push(asked);
      here.add(asked);
      const layers = [{ digest: digestOf("a"), size: 1_500_000, isHere: false }];
      onEvent?.({ kind: "plan", layers });
      onEvent?.({ kind: "complete", layer: digestOf("a") });
      return [];
    },
  };
  const found = findBaseImage(name, {
    images,
    store: { state: { images: { get: () => ({}) } } } as unknown as ImageStore,
    lease: { id: "test", hold: () => {}, [Symbol.dispose]: () => {} },
    pull: options.pull ?? false,
    onDetail: (text) => details.push(text),
    signal: new AbortController().signal,
  });
  const outcome = found.then(
    ({ id }) => id as string,
    (error: unknown) => `${kindOf(error)}: ${messageOf(error)}`,
  );
  return outcome.then((text) => ({ text, pulled, details }));
}

test("what is here is taken, what is not is pulled", async () => {
  expect(await find("app", { here: ["app"] })).toMatchObject({ text: resolved.id, pulled: [] });
  expect(await find("app", {})).toEqual({
    text: resolved.id,
    pulled: ["app"],
    details: ["0 of 1 layers are here, 1.5MB to fetch", `pulling ${digestOf("a")} done`],
  });
});

test("with --pull the registry is asked in any case, for what can be a name", async () => {
  expect(await find("app", { here: ["app"], pull: true })).toMatchObject({ pulled: ["app"] });
  const id = digestOf("id");
  expect(await find(id, { here: [id], pull: true })).toMatchObject({ text: id, pulled: [] });
  expect((await find(id, {})).text).toBe(
    `not-found: failed to resolve source metadata: No such image: ${id}`,
  );
});

test("what no registry gives is refused in BuildKit's words", async () => {
  const denied = await find("app", { broken: () => fail("permission-denied", "denied") });
  expect(denied.text).toBe(
    "permission-denied: failed to resolve source metadata for docker.io/library/app:latest: denied",
  );
  const closed = await find("app", { broken: () => fail("failed-precondition", "no registries") });
  expect(closed.text).toBe(
    "not-found: failed to resolve source metadata for docker.io/library/app:latest: " +
      "No such image: app; no registries: load, import or build it first",
  );
});
