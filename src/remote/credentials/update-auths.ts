import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { KindedError, messageOf } from "#errors";
import { whileLocked } from "#kernel";
import type { Credential } from "../credential.ts";
import { type AuthEntry, formatAuthEntry } from "./auth-entry.ts";
import { type AuthDocument, readAuthFile } from "./auth-file.ts";
import { replaceSecretFile } from "./replace-file.ts";
import { keysOf, serverKey } from "./server-key.ts";

/**
 * Puts a registry's credential into the `config.json` of a directory, in the place of all that
 * stand there for it: undefined for none, `elsewhere` for the empty entry that says that a helper
 * has it. Everything else in the file stays. Says whether there was one.
 */
export function updateAuths(
  directory: string,
  registry: string,
  credential: Credential | "elsewhere" | undefined,
): boolean {
  if (credential !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "config.json");
  return locked(directory, () => {
    const document = readAuthFile(file) ?? {};
    const auths: Record<string, AuthEntry> = { ...document.auths };
    const keys = keysOf(auths, registry);
    for (const key of keys) delete auths[key];
    if (credential !== undefined) auths[serverKey(registry)] = entryOf(credential);
    if (!Bun.deepEquals(auths, document.auths ?? {})) write(file, { ...document, auths });
    return keys.length > 0;
  });
}

function entryOf(credential: Credential | "elsewhere"): AuthEntry {
  return credential === "elsewhere" ? {} : formatAuthEntry(credential);
}

/** Indented as docker writes it. */
function write(file: string, document: AuthDocument): void {
  try {
    replaceSecretFile(file, JSON.stringify(document, null, "\t"));
  } catch (error) {
    throw new KindedError("permission-denied", `cannot write ${file}: ${messageOf(error)}`, error);
  }
}

/** Some network file systems have no locks for directories: there, the last one wins. */
function locked<Result>(directory: string, work: () => Result): Result {
  let started = false;
  try {
    return whileLocked(directory, () => {
      started = true;
      return work();
    });
  } catch (error) {
    if (started || statSync(directory, { throwIfNoEntry: false }) === undefined) throw error;
    return work();
  }
}
