/** What a token shall allow: `repository:library/alpine:pull,push`. */
export type Scope = string;

export function repositoryScope(repository: string, ...actions: readonly string[]): Scope {
  return `repository:${repository}:${actions.join(",")}`;
}

/** The repository that the first of the scopes is about. */
export function repositoryIn([scope]: readonly Scope[]): string | undefined {
  return /^repository:(.+):/.exec(scope ?? "")?.[1];
}

/** Sorted, with the actions on one resource in one scope. */
export function mergeScopes(scopes: readonly Scope[]): readonly Scope[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const colon = scope.lastIndexOf(":");
    if (colon <= 0) continue;
    const resource = scope.slice(0, colon);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(colon + 1).split(",")) if (action) known.add(action);
    actions.set(resource, known);
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].sort().join(",")}`).sort();
}
