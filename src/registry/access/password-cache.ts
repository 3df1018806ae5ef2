import type { PasswordFile } from "./htpasswd.ts";

/** Milliseconds a password that was right is right without being hashed again. */
const LIFETIME = 60_000;
const MOST_ENTRIES = 4096;

/**
 * Remembers for a minute which passwords were right, so that not every request of a client costs
 * tens of milliseconds of bcrypt; requests that bring the same one at once wait for one check. Wrong
 * ones are forgotten at once. Only hashes with a key of this process are kept.
 */
export function cachedPasswords(file: PasswordFile, now: () => number = Date.now): PasswordFile {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const entries = new Map<string, { readonly until: number; readonly right: Promise<boolean> }>();

  const check = (id: string, user: string, password: string): Promise<boolean> => {
    if (entries.size >= MOST_ENTRIES) entries.delete(entries.keys().next().value!);
    const right = file.verify(user, password);
    const entry = { until: now() + LIFETIME, right };
    entries.set(id, entry);
    const forget = () => {
      if (entries.get(id) === entry) entries.delete(id);
    };
    right.then((isRight) => isRight || forget(), forget);
    return right;
  };

  return {
    users: file.users,
    verify(user, password) {
      const text = JSON.stringify([user, password]);
      const id = new Bun.CryptoHasher("sha256", key).update(text).digest("base64");
      const entry = entries.get(id);
      if (entry && entry.until > now()) return entry.right;
      entries.delete(id);
      return check(id, user, password);
    },
  };
}
