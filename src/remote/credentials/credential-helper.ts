import { fail } from "#errors";
import { exchange } from "#kernel";
import type { Credential } from "../credential.ts";

/** Long enough for somebody to type the passphrase of their keychain. */
const TIMEOUT = 120_000;
const LIMIT = 1024 * 1024;
const LONGEST_REASON = 300;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const NOT_FOUND = "credentials not found in native keychain";
const TOKEN_USER = "<token>";

/** All variables of a helper, by whose PATH it is found. */
export type Environment = Readonly<Record<string, string>>;

/**
 * A program on the PATH that keeps credentials, `docker-credential-<name>`. Failures name it, and
 * never have a secret in them.
 *
 * @see https://github.com/docker/docker-credential-helpers#development
 */
export class CredentialHelper {
  readonly program: string;
  readonly #env: Environment | undefined;

  /** Fails with `invalid-argument` for a name that could be a path. */
  constructor(name: string, env?: Environment) {
    if (!NAME.test(name))
      fail("invalid-argument", `${JSON.stringify(name)} is no name of a credential helper`);
    this.program = `docker-credential-${name}`;
    this.#env = env;
  }

  async get(server: string): Promise<Credential | undefined> {
    const answer = await this.#ask("get", server);
    if (answer === undefined) return undefined;
    const { Username: username, Secret: secret } = this.#parse(answer);
    if (typeof username !== "string" || typeof secret !== "string") return this.#misspoke();
    if (secret === "") return undefined;
    if (username === TOKEN_USER) return { kind: "identity-token", token: secret };
    return { kind: "password", username, password: secret };
  }

  async store(server: string, credential: Credential): Promise<void> {
    if (credential.kind === "registry-token")
      fail("unsupported", `${this.program} cannot keep bearer tokens`);
    const [username, secret] =
      credential.kind === "password"
        ? [credential.username, credential.password]
        : [TOKEN_USER, credential.token];
    const entry = { ServerURL: server, Username: username, Secret: secret };
    await this.#ask("store", JSON.stringify(entry), secret);
  }

  /** Removes what it has for a server, and does not mind when it has nothing. */
  async erase(server: string): Promise<void> {
    await this.#ask("erase", server);
  }

  /** Undefined when it says that it has no such entry. */
  async #ask(action: string, input: string, secret?: string): Promise<string | undefined> {
    const argv = [this.program, action];
    const options = { input, timeout: TIMEOUT, limit: LIMIT };
    const env = this.#env;
    const answer = await exchange(argv, { ...options, ...(env && { env }) });
    const { stdout, stderr, exit } = answer;
    if (exit.code === 0) return stdout;
    if (stdout.trim() === NOT_FOUND) return undefined;
    const words = without(secret, stdout.trim() || stderr.trim()).split("\n", 1)[0]!;
    const reason = words.slice(0, LONGEST_REASON) || `exit code ${exit.code}`;
    return fail("failed-precondition", `${argv.join(" ")}: ${reason}`);
  }

  #parse(answer: string): Record<string, unknown> {
    try {
      return Object(JSON.parse(answer));
    } catch {
      return this.#misspoke();
    }
  }

  /** The answer is not shown: it may be a secret. */
  #misspoke(): never {
    return fail("data-loss", `${this.program} get: the answer is no credential`);
  }
}

/** A helper that fails may say what it was given. */
function without(secret: string | undefined, text: string): string {
  if (!secret) return text;
  const escaped = JSON.stringify(secret).slice(1, -1);
  return text.replaceAll(secret, "***").replaceAll(escaped, "***");
}
