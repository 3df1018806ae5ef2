import type { Bytes, Chunk } from "#bytes";
import { fail, kindOf } from "#errors";
import type { Descriptor } from "#oci";
import {
  mirrorFailed,
  type RepositoryContext,
  readable,
  retryContext,
  type Site,
} from "../client/sites.ts";
import type { BlobOptions } from "../repository.ts";
import { askSite, askUrl } from "./ask-blob.ts";
import type { Wanted } from "./blob-response.ts";
import { readPart } from "./read-part.ts";

/** One place that may have a blob. */
interface Place {
  read(wanted: Wanted, signal: AbortSignal | undefined): Bytes;
  /** Returns when the next place is to be asked, else throws. */
  failed(error: unknown): void;
}

/** A blob from `offset` on, taken up where it broke, from mirrors and at last the registry. */
export async function* readBlob(
  context: RepositoryContext,
  descriptor: Descriptor,
  { offset = 0, signal }: BlobOptions = {},
): AsyncGenerator<Chunk> {
  const { size } = descriptor;
  const name = `${context.name}@${descriptor.digest}`;
  if (!Number.isSafeInteger(size) || size < 0 || offset > size)
    fail("invalid-argument", `${name}: there is no byte ${offset} in a blob of ${size} bytes`);
  let at = offset;
  for (const place of await places(context, descriptor)) {
    if (at === size) return;
    try {
      for await (const chunk of place.read({ start: at, end: size, size, name }, signal)) {
        at += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      place.failed(error);
    }
  }
}

/** Mirrors, the registry, and for what a registry may not have: where the descriptor says it is. */
async function places(
  context: RepositoryContext,
  { digest, urls = [] }: Descriptor,
): Promise<readonly Place[]> {
  const sites = (await readable(context, true)).map((site) => ({
    read: (wanted: Wanted, signal: AbortSignal | undefined) =>
      readPart(wanted, {
        policy: context.ranges,
        context: waitsOf(context, site, wanted, signal),
        ask: (part, stop) => askSite(context, site, digest, part, stop),
      }),
    failed(error: unknown) {
      if (site.isMirror) mirrorFailed(context, site, error);
      else if (urls.length === 0 || kindOf(error) !== "not-found") throw error;
    },
  }));
  return [...sites, ...urls.map((url, index) => foreign(context, url, index === urls.length - 1))];
}

function foreign(context: RepositoryContext, url: string, isLast: boolean): Place {
  return {
    read: (wanted, signal) =>
      readPart(wanted, {
        policy: context.ranges,
        context: waitsOf(context, undefined, wanted, signal),
        ask: (part, stop) => askUrl(context, url, part, stop),
      }),
    failed(error) {
      if (isLast) throw error;
    },
  };
}

function waitsOf(
  context: RepositoryContext,
  site: Site | undefined,
  { name }: Wanted,
  signal: AbortSignal | undefined,
) {
  return retryContext(context, { what: `pulling ${name}`, signal }, site?.isMirror);
}
