import { type Kind, KindedError, kindOf, messageOf } from "#errors";
import type { ImageService } from "#image";
import type { Reference } from "#oci";
import type { Remote } from "#remote";

/** How long a suggestion may take, ms: the answer the user waits for is an error. */
const PATIENCE = 3000;
const MOST_NAMES = 5000;

export interface KnownNames {
  readonly images?: Pick<ImageService, "list">;
  readonly remote?: Remote;
}

/** Registries hide what is not there from those who may not look. */
const MISSING: readonly Kind[] = ["not-found", "unauthenticated", "permission-denied"];

/** Does something with a name; when it is not there, the failure says what may have been meant. */
export async function withNameHint<Result>(
  reference: Reference,
  known: KnownNames,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const hint = mayBeMisspelt(error) ? await nameHint(reference, known) : "";
    if (hint === "") throw error;
    throw new KindedError(kindOf(error), messageOf(error) + hint, error);
  }
}

/** Not when it is there, for other machines only, nor when a tag like it has been named. */
function mayBeMisspelt(error: unknown): boolean {
  const isKnown = /^no matching manifest|\(did you mean /.test(messageOf(error));
  return MISSING.includes(kindOf(error)) && !isKnown;
}

/**
 * ` (did you mean alpine:3?)` for a name that nothing was found by, from the repositories and tags
 * that are here and on its registry; else the empty text. It never fails.
 */
export async function nameHint(reference: Reference, known: KnownNames): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE);
  const { didYouMean } = await import("#dockerfile");
  const { familiarName } = await import("#oci");
  const name = familiarName(reference);
  const local = await namesHere(known.images);
  if (reference.tag !== undefined) {
    const tags = await upTo(MOST_NAMES, () => known.remote?.repository(reference).tags({ signal }));
    const own = local.filter((one) => one.startsWith(`${name}:`));
    const all = [...tags.map((tag) => `${name}:${tag}`), ...own];
    const hint = didYouMean(`${name}:${reference.tag}`, all);
    if (hint) return hint;
  }
  const repositories = local.map((one) => one.slice(0, one.lastIndexOf(":")));
  return didYouMean(name, [...repositories, ...(await namesThere(reference, known, signal))]);
}

/** Familiar names with tags. */
function namesHere(images: KnownNames["images"]): Promise<readonly string[]> {
  return upTo(MOST_NAMES, async function* () {
    for (const { repoTags } of (await images?.list()) ?? []) yield* repoTags;
  });
}

/** Familiar names of what a registry has; of Hub, which has no catalogue, what its search finds. */
function namesThere(
  { registry, repository }: Reference,
  { remote }: KnownNames,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return upTo(MOST_NAMES, async function* () {
    if (remote === undefined) return;
    if (registry === "docker.io") {
      const term = repository.replace(/^library\//, "");
      const found = await remote.search(registry, term, { signal });
      yield* found.map(({ name }) => name);
      return;
    }
    for await (const name of remote.catalog(registry, { signal })) yield `${registry}/${name}`;
  });
}

/** What can be had of a listing before it fails. */
async function upTo(
  most: number,
  list: () => AsyncIterable<string> | undefined,
): Promise<string[]> {
  const all: string[] = [];
  try {
    for await (const name of list() ?? []) if (all.push(name) >= most) break;
  } catch {}
  return all;
}
