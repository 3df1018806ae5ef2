import { join } from "node:path";
import { messageOf } from "#errors";
import type { Credential, CredentialStore, StoredCredential } from "../credential.ts";
import { parseAuthEntry } from "./auth-entry.ts";
import { type AuthDocument, parseAuthDocument, readAuthFile, readLegacyFile } from "./auth-file.ts";
import { CredentialHelper, type Environment } from "./credential-helper.ts";
import { sameCredential } from "./same-credential.ts";
import { mostSpecific, serverKey } from "./server-key.ts";
import { updateAuths } from "./update-auths.ts";

export interface CredentialStoreOptions {
  /** Where `config.json` is: `DOCKER_CONFIG` or `~/.docker`. Made when something is stored. */
  readonly configDirectory: string;
  /** A document like `config.json` that comes before it: the text of `DOCKER_AUTH_CONFIG`. */
  readonly inline?: string;
  /** Files like it that are only read, after it: containers' `auth.json`. */
  readonly fallbackFiles?: readonly string[];
  /** `~/.dockercfg`; only read, after everything else. */
  readonly legacyFile?: string;
  /** What helpers are run with; our own environment when absent. */
  readonly environment?: Environment;
  /** Told once of each file and helper that is of no use; what is asked for goes on without it. */
  readonly onWarning?: (message: string) => void;
}

/** One place that credentials are looked for in. */
interface Source {
  readonly name: string;
  read(): AuthDocument | undefined;
}

/**
 * The credentials in docker's own configuration and in the keychains it names, then in that of
 * containers' tools. They are read when they are asked for. `store` and `erase` fail, and change
 * nothing, when `config.json` is damaged or the helper does not work.
 */
export function openCredentialStore(options: CredentialStoreOptions): CredentialStore {
  return new FileCredentialStore(options);
}

class FileCredentialStore implements CredentialStore {
  readonly #directory: string;
  readonly #file: string;
  readonly #sources: readonly Source[];
  readonly #environment: Environment | undefined;
  readonly #warned = new Set<string>();
  readonly #onWarning: (message: string) => void;

  constructor(options: CredentialStoreOptions) {
    const { configDirectory, onWarning = () => {} } = options;
    this.#directory = configDirectory;
    this.#file = join(configDirectory, "config.json");
    this.#environment = options.environment;
    this.#sources = sourcesOf(options, this.#file);
    this.#onWarning = onWarning;
  }

  async find(registry: string, repository?: string): Promise<Credential | undefined> {
    for (const { name, read } of this.#sources) {
      const document = await this.#orWarn(read);
      if (document === undefined) continue;
      const look = () => this.#findIn(document, registry, repository);
      const found = await this.#orWarn(look, ` (${name})`);
      if (found) return found;
    }
    return undefined;
  }

  async store(registry: string, credential: Credential): Promise<StoredCredential> {
    const server = serverKey(registry);
    const document = readAuthFile(this.#file) ?? {};
    const name = helperOf(document, registry);
    const before = await this.#quietly(() => this.#findIn(document, registry));
    const changed = !sameCredential(before, credential);
    if (name === undefined) {
      updateAuths(this.#directory, registry, credential);
      return { place: this.#file, isPlainText: true, changed };
    }
    const helper = new CredentialHelper(name, this.#environment);
    await helper.store(server, credential);
    updateAuths(this.#directory, registry, "elsewhere");
    return { place: helper.program, isPlainText: false, changed };
  }

  async erase(registry: string): Promise<boolean> {
    const document = readAuthFile(this.#file);
    if (document === undefined) return false;
    const name = helperOf(document, registry);
    const helper = name === undefined ? undefined : new CredentialHelper(name, this.#environment);
    const kept = await this.#quietly(() => helper?.get(serverKey(registry)));
    await helper?.erase(serverKey(registry));
    return updateAuths(this.#directory, registry, undefined) || kept !== undefined;
  }

  /** As docker does, `auths` is not asked about a server that a helper is responsible for. */
  async #findIn(
    document: AuthDocument,
    registry: string,
    repository?: string,
  ): Promise<Credential | undefined> {
    const name = helperOf(document, registry, repository);
    if (name !== undefined)
      return new CredentialHelper(name, this.#environment).get(serverKey(registry));
    const entry = mostSpecific(document.auths ?? {}, registry, repository);
    return entry && parseAuthEntry(entry);
  }

  async #orWarn<Result>(
    work: () => Result | Promise<Result>,
    place = "",
  ): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const message = `WARNING: ${messageOf(error)}${place}`;
      if (!this.#warned.has(message)) this.#onWarning(message);
      this.#warned.add(message);
      return undefined;
    }
  }

  async #quietly<Result>(work: () => Promise<Result> | undefined): Promise<Result | undefined> {
    try {
      return await work();
    } catch {
      return undefined;
    }
  }
}

function sourcesOf(options: CredentialStoreOptions, file: string): Source[] {
  const { inline, fallbackFiles = [], legacyFile } = options;
  const place = "DOCKER_AUTH_CONFIG";
  const files = [file, ...fallbackFiles].map((name) => ({ name, read: () => readAuthFile(name) }));
  return [
    ...(inline ? [{ name: place, read: () => parseAuthDocument(inline, place) }] : []),
    ...files,
    ...(legacyFile ? [{ name: legacyFile, read: () => readLegacyFile(legacyFile) }] : []),
  ];
}

function helperOf(
  { credHelpers = {}, credsStore }: AuthDocument,
  registry: string,
  repository?: string,
): string | undefined {
  return mostSpecific(credHelpers, registry, repository) || credsStore || undefined;
}
