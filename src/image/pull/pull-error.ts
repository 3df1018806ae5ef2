import { type Kind, KindedError, kindOf, messageOf } from "#errors";
import type { Reference } from "#oci";
import type { Repository } from "#remote";

const FINAL: readonly Kind[] = ["data-loss", "invalid-argument", "unsupported"];

/** Tags that are looked through for one like a misspelt one. */
const MOST_TAGS = 1000;

/** Whether another try would come to the same, so that nothing is kept for it. */
export function isFinal(error: unknown): boolean {
  return FINAL.includes(kindOf(error));
}

/** The error of a part, with what it is a part of before it. */
export function within(what: string, error: unknown): KindedError {
  return new KindedError(kindOf(error), `${what}: ${messageOf(error)}`, error);
}

/** Why there is no manifest for a reference, with a tag that is like a misspelt one. */
export async function explainManifest(
  error: unknown,
  repository: Repository,
  reference: Reference,
): Promise<unknown> {
  const message = messageOf(error);
  if (kindOf(error) !== "not-found" || message.startsWith("no matching manifest")) return error;
  const hint = await similarTag(repository, reference);
  return hint === "" ? error : new KindedError("not-found", `${message}${hint}`, error);
}

async function similarTag(repository: Repository, { tag }: Reference): Promise<string> {
  if (tag === undefined) return "";
  try {
    const { didYouMean } = await import("#dockerfile");
    return didYouMean(tag, await firstTags(repository));
  } catch {
    // It was a hint only.
    return "";
  }
}

async function firstTags(repository: Repository): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of repository.tags({ signal: AbortSignal.timeout(5000) })) {
    tags.push(tag);
    if (tags.length >= MOST_TAGS) break;
  }
  return tags;
}
