import { fail, kindOf } from "#errors";
import type { Digest } from "#oci";
import type { PushedBlob, Repository } from "#remote";
import type { FactTable } from "#state";
import { mountableFrom, rememberPlace } from "../push/blob-places.ts";
import type { GraphSource, GraphTarget, OutgoingBlob } from "./graph.ts";
import { verifiedBlob } from "./verified-blob.ts";

/** What a repository has. */
export function repositorySource(repository: Repository): GraphSource {
  return {
    async manifest({ digest }, options) {
      const { descriptor, bytes } = await repository.manifest(digest, options);
      if (descriptor.digest !== digest)
        fail("data-loss", `${repository.registry} sent ${descriptor.digest} instead of ${digest}`);
      return bytes;
    },
    blob: (descriptor, _role, options = {}) =>
      verifiedBlob(descriptor, (offset) => repository.blob(descriptor, { ...options, offset }), [
        repository,
      ]),
    referrers: (digest, options) => repository.referrers(digest, options),
  };
}

/** What such failures can come from, where the bytes are not those that were promised. */
const BROKEN_PROMISES = [
  "data-loss",
  "invalid-argument",
  "internal",
  "resource-exhausted",
  "unsupported",
];

/** Where a repository is told what it gets, so that other repositories can mount it from there. */
export function repositoryTarget(
  repository: Repository,
  { tag, facts }: { readonly tag: string | undefined; readonly facts: FactTable },
): GraphTarget {
  const mountFrom = ({ digest, places = [] }: OutgoingBlob): string[] => {
    const { registry } = repository;
    const here = places.filter((place) => place.registry === registry);
    const known = digest ? mountableFrom(facts, repository, digest) : [];
    const all = new Set([...here.map((place) => place.repository), ...known]);
    return [...all].filter((other) => other !== repository.repository);
  };
  return {
    async blob(blob, options = {}) {
      const taken = await push(repository, blob, { ...options, mountFrom: mountFrom(blob) });
      rememberPlace(facts, repository, [taken.digest]);
      return taken;
    },
    async manifest({ descriptor, bytes, role }, options = {}) {
      const reference = role === "root" ? (tag ?? descriptor.digest) : descriptor.digest;
      const { mediaType } = descriptor;
      checkDigest(
        await repository.pushManifest(reference, { mediaType, bytes }, options),
        descriptor.digest,
      );
    },
  };
}

type PushOptions = Parameters<Repository["pushBlob"]>[1];

async function push(
  repository: Repository,
  blob: OutgoingBlob,
  options: PushOptions,
): Promise<PushedBlob> {
  try {
    return await repository.pushBlob(blob, options);
  } catch (error) {
    if (!blob.unpromised || !BROKEN_PROMISES.includes(kindOf(error))) throw error;
    return await repository.pushBlob(blob.unpromised(), options);
  }
}

function checkDigest(given: Digest, expected: Digest): void {
  const isComparable = given.split(":")[0] === expected.split(":")[0];
  if (isComparable && given !== expected)
    fail("data-loss", `the registry stored the manifest as ${given}, not ${expected}`);
}
