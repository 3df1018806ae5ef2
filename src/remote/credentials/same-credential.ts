import type { Credential } from "../credential.ts";

/** Whether two credentials are one. */
export function sameCredential(one: Credential | undefined, other: Credential): boolean {
  if (one?.kind === "password" && other.kind === "password")
    return one.username === other.username && one.password === other.password;
  if (one === undefined || one.kind === "password" || other.kind === "password") return false;
  return one.kind === other.kind && one.token === other.token;
}
