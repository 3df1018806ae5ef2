import { collect } from "#bytes";
import { fail, messageOf } from "#errors";
import type { Credential, CredentialStore } from "#remote";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";
import { formatError, printable } from "../output/index.ts";
import { openPrompt } from "../prompt.ts";
import { parseServerArgument } from "../server-argument.ts";

const LONGEST_PASSWORD = 1024 * 1024;
const SWITCH_ACCOUNT =
  "To login with a different account, run 'shale logout' followed by 'shale login'";
const PASSWORD_SHOWS = "WARNING! Using --password via the CLI is insecure. Use --password-stdin.";
const NO_TERMINAL = "Cannot perform an interactive login from a non TTY device";

interface LoginFlags {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly passwordStdin: boolean;
}

/** Signing in, from the command line to the store. */
interface Attempt {
  readonly context: CommandContext;
  readonly registry: string;
  readonly credentials: CredentialStore;
  readonly signal: AbortSignal;
}

export default defineCommand({
  usage: "[OPTIONS] [SERVER]",
  summary: "Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.",
  args: { max: 1 },
  flags: {
    password: {
      type: "string",
      short: "p",
      help: "Password or Personal Access Token (PAT)",
    },
    passwordStdin: {
      type: "bool",
      help: "Take the Password or Personal Access Token (PAT) from stdin",
    },
    username: { type: "string", short: "u", help: "Username" },
  },
  async run(context: CommandContext, { flags, args: [server] }): Promise<number> {
    checkFlags(flags);
    const registry = await parseServerArgument(server);
    if (flags.password) context.stderr.write(`${PASSWORD_SHOWS}\n`);
    const signal = context.interruption();
    const credentials = await context.credentials();
    const attempt = { context, registry, credentials, signal };
    await logIn(attempt, flags);
    context.stdout.write("Login Succeeded\n");
    return 0;
  },
});

/** Docker's words. */
function checkFlags({ username, password, passwordStdin }: LoginFlags): void {
  const refuse = (reason: string) => {
    throw new UsageError(reason, 1);
  };
  if (password !== undefined && passwordStdin)
    refuse("conflicting options: cannot specify both --password and --password-stdin");
  if (username === "") refuse("username is empty");
  if (password === "") refuse("password is empty");
  if (passwordStdin && username === undefined)
    refuse("the --password-stdin option requires --username to be set");
}

async function logIn(attempt: Attempt, flags: LoginFlags): Promise<void> {
  const { context, registry, credentials } = attempt;
  const asksForNothing = flags.username === undefined && flags.password === undefined;
  const existing = asksForNothing ? await credentials.find(registry) : undefined;
  if (existing && (await logInAgain(attempt, existing))) return;
  const known = existing?.kind === "password" ? existing.username : "";
  const password = flags.passwordStdin ? await pipedPassword(attempt) : flags.password;
  const given = { username: flags.username?.trim(), password };
  const credential = await complete(attempt, given, known);
  const stored = await store(attempt, await check(attempt, credential));
  if (stored.isPlainText && stored.changed) context.stderr.write(unencryptedWarning(stored.place));
}

/** With the credential that is kept already; false, and why, when it is no longer good. */
async function logInAgain(attempt: Attempt, existing: Credential): Promise<boolean> {
  const { stderr } = attempt.context;
  const user = existing.kind === "password" ? ` [Username: ${printable(existing.username)}]` : "";
  stderr.write(`Authenticating with existing credentials...${user}\n`);
  stderr.write(`\n Info -> ${SWITCH_ACCOUNT}\n\n\n`);
  try {
    const checked = await check(attempt, existing);
    if (checked !== existing) await store(attempt, checked);
    return true;
  } catch (error) {
    attempt.signal.throwIfAborted();
    stderr.write(`Login did not succeed, error: ${printable(messageOf(error))}\n`);
    return false;
  }
}

async function pipedPassword({ context, signal }: Attempt): Promise<string> {
  const bytes = await collect(await context.stdin.bytes(signal), LONGEST_PASSWORD);
  return Buffer.from(bytes)
    .toString()
    .replace(/\r?\n$/, "");
}

/** Asks for what was not given. */
async function complete(
  { context, signal }: Attempt,
  given: { readonly username?: string | undefined; readonly password?: string | undefined },
  known: string,
): Promise<Credential> {
  const hasAll = given.username && given.password;
  if (!hasAll && !context.stdin.isTerminal) fail("failed-precondition", NO_TERMINAL);
  const prompt = openPrompt(context.stdin, context.stdout, signal);
  const question = known ? `Username (${printable(known)}): ` : "Username: ";
  const username = given.username || (await prompt.ask(question)) || known;
  if (!username) fail("invalid-argument", "Non-null Username Required");
  const password = given.password || (await prompt.askSecret("Password: "));
  if (!password) fail("invalid-argument", "Password Required");
  return { kind: "password", username, password };
}

/** Asks the registry; gives what is to be kept, which may be a token in place of the password. */
async function check({ context, registry, signal }: Attempt, credential: Credential) {
  const remote = await context.remote();
  const { identityToken } = await remote.login(registry, credential, { signal });
  if (identityToken === undefined) return credential;
  return { kind: "identity-token", token: identityToken } as const;
}

async function store({ registry, credentials }: Attempt, credential: Credential) {
  try {
    return await credentials.store(registry, credential);
  } catch (error) {
    const reason = formatError(error).replace("Error: ", "");
    throw new UsageError(`Error saving credentials: ${reason}`, 1);
  }
}

function unencryptedWarning(place: string): string {
  return `
WARNING! Your credentials are stored unencrypted in '${printable(place)}'.
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/

`;
}
