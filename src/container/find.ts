import { fail } from "#errors";
import type { ContainerTable } from "#state";
import { type Container, parseContainer } from "./record.ts";

/**
 * The container that people mean: by whole ID, then by name, then by the start of its ID, as in
 * Docker. Fails with `not-found`, and with `invalid-argument` when several IDs start so.
 */
export function findContainer(table: ContainerTable, name: string): Container {
  const bare = name.replace(/^\//, "");
  const row = table.get(bare) ?? table.byName(bare) ?? byPrefix(table, bare);
  return row ? parseContainer(row) : failUnknown(table, name);
}

function failUnknown(table: ContainerTable, name: string): never {
  // Loaded when first asked for: who finds what was meant has no use for it.
  const { didYouMean } = require("#dockerfile") as typeof import("#dockerfile");
  const names = table.list().map((row) => row.name);
  return fail("not-found", `No such container: ${name}${didYouMean(name, names)}`);
}

/** One as it is now, for who has its lock; fails with `not-found` when it was removed meanwhile. */
export function currentContainer(table: ContainerTable, id: string): Container {
  const row = table.get(id);
  return row ? parseContainer(row) : fail("not-found", `No such container: ${id}`);
}

function byPrefix(table: ContainerTable, prefix: string) {
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) return undefined;
  const found = table.startingWith(prefix);
  if (found.length > 1)
    fail("invalid-argument", `Multiple IDs found with provided prefix: ${prefix}`);
  return found[0];
}
