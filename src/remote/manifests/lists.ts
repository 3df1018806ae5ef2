import { KindedError } from "#errors";
import { repositoryScope } from "../auth/scope.ts";
import type { RepositoryContext } from "../client/sites.ts";
import type { RequestOptions } from "../repository.ts";
import { StatusFault, statusFault } from "../transport/status-fault.ts";
import { pages } from "./pages.ts";
import { readFault } from "./read-fault.ts";

const TAG = /^\w[\w.-]{0,127}$/;
const REPOSITORY = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const PER_PAGE = 1000;

/** All tags of a repository (distribution spec, "Listing Tags"). */
export async function* listTags(
  context: RepositoryContext,
  { signal }: RequestOptions = {},
): AsyncGenerator<string> {
  const all = pages(context, {
    what: `listing the tags of ${context.name}`,
    signal,
    request: ({ repository }) => ({
      target: `${repository}/tags/list?n=${PER_PAGE}`,
      scopes: [repositoryScope(repository, "pull")],
    }),
    fault: (response) => readFault(context, response, {}),
  });
  for await (const { body } of all) yield* namesIn(body.tags, TAG);
}

/** All repositories of a registry (Docker's `_catalog`). */
export async function* listRepositories(
  context: RepositoryContext,
  { signal }: RequestOptions = {},
): AsyncGenerator<string> {
  const all = pages(context, {
    what: `listing the repositories of ${context.registry}`,
    signal,
    request: () => ({ target: `_catalog?n=${PER_PAGE}`, scopes: ["registry:catalog:*"] }),
    fault: async (response) => noCatalog(context, await statusFault(response, context.registry)),
  });
  for await (const { body } of all) yield* namesIn(body.repositories, REPOSITORY);
}

function noCatalog({ registry }: RepositoryContext, fault: KindedError): KindedError {
  if (!(fault instanceof StatusFault)) return fault;
  if (fault.kind === "not-found" || fault.kind === "unsupported")
    return new KindedError(
      "unsupported",
      `${registry} keeps no list of its repositories (${fault.message})`,
    );
  if (fault.kind !== "unauthenticated" && fault.kind !== "permission-denied") return fault;
  return new KindedError(
    fault.kind,
    `${registry} does not show the list of its repositories: ${fault.message}; try 'shale login ${registry}'`,
  );
}

function namesIn(list: unknown, pattern: RegExp): string[] {
  if (!Array.isArray(list)) return [];
  return list.filter(
    (name) => typeof name === "string" && name.length <= 255 && pattern.test(name),
  );
}
