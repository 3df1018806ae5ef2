import type { Authentication } from "./authenticator.ts";
import { quotedString } from "./authorization.ts";
import type { Access } from "./authorizer.ts";

const SCOPES: Readonly<Record<Access["action"], string>> = {
  pull: "pull",
  push: "pull,push",
  delete: "delete",
  catalog: "*",
};

/**
 * The challenge of Docker's token authentication.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function bearerChallenge(
  { realm, service }: { realm: string; service: string },
  access: Access,
  found: Authentication,
): string {
  const error = found.kind === "refused" ? "invalid_token" : "insufficient_scope";
  const scope = scopeOf(access);
  const parameters = [
    `realm=${quotedString(realm)}`,
    `service=${quotedString(service)}`,
    ...(scope === undefined ? [] : [`scope=${quotedString(scope)}`]),
    ...(found.kind === "anonymous" && !found.grants ? [] : [`error="${error}"`]),
  ];
  return `Bearer ${parameters.join(",")}`;
}

function scopeOf({ repository, action }: Access): string | undefined {
  if (repository !== undefined) return `repository:${repository}:${SCOPES[action]}`;
  return action === "catalog" ? "registry:catalog:*" : undefined;
}
