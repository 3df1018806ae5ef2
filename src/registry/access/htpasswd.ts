import { Slots } from "#bytes";
import { fail } from "#errors";

/** Names and passwords, as a file of Apache's `htpasswd -B` has them. */
export interface PasswordFile {
  readonly users: readonly string[];
  /** Takes as long for a name that nobody has as for one with a wrong password. */
  verify(user: string, password: string): Promise<boolean>;
}

/** bcrypt: `$2y$` (Apache), `$2b$`, `$2a$`; cost, then 22 characters of salt and 31 of hash. */
const BCRYPT = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
/** What bcrypt takes in of a password. `Bun.password` would hash longer ones first, as nobody else does. */
const MOST_BYTES = 72;
const DEFAULT_COST = "10";
/** Files are read and written by the same threads: these must never all be at passwords. */
const checks = new Slots(Math.max(1, Math.floor(navigator.hardwareConcurrency / 2)));

/**
 * The users of an htpasswd file. Fails with `invalid-argument` that names the line for a hash that
 * is not bcrypt, a name that comes twice and a line without a name.
 *
 * @param path of the text, for messages
 * @see https://httpd.apache.org/docs/2.4/misc/password_encryptions.html
 */
export function parseHtpasswd(text: string, path: string): PasswordFile {
  const hashes = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const problem = addUser(hashes, line.trim());
    if (problem) fail("invalid-argument", `${path}: line ${index + 1}: ${problem}`);
  }
  const unknown = hashOfNobody([...hashes.values()]);
  return {
    users: [...hashes.keys()],
    async verify(user, password) {
      const hash = hashes.get(user);
      const isRight = await verifyBcrypt(password, hash ?? unknown);
      return isRight && hash !== undefined;
    },
  };
}

/** What is wrong with the line, if something is. */
function addUser(hashes: Map<string, string>, line: string): string | undefined {
  const colon = line.indexOf(":");
  const user = line.slice(0, colon);
  if (colon < 1) return "not of the form USER:HASH";
  if (hashes.has(user)) return `the user ${JSON.stringify(user)} is there twice`;
  const hash = line.slice(colon + 1);
  if (!BCRYPT.test(hash))
    return `the password of ${JSON.stringify(user)} is not hashed by bcrypt: set it with "htpasswd -B"`;
  hashes.set(user, hash);
  return undefined;
}

/** A hash that costs as much to check as the dearest one in the file. */
function hashOfNobody(hashes: readonly string[]): string {
  const cost = hashes.map((hash) => hash.slice(4, 6)).reduce((a, b) => (a > b ? a : b), "04");
  return `$2b$${hashes.length > 0 ? cost : DEFAULT_COST}$${".".repeat(53)}`;
}

async function verifyBcrypt(password: string, hash: string): Promise<boolean> {
  const bytes = new TextEncoder().encode(password).subarray(0, MOST_BYTES);
  if (bytes.length === 0 || bytes.includes(0)) return false;
  using _ = await checks.take();
  return await Bun.password.verify(bytes, hash, "bcrypt");
}
