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
  return row ? parseContainer(row) : fail("not-found", `No such container: ${name}`);
}

function byPrefix(table: ContainerTable, prefix: string) {
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) return undefined;
  const found = table.startingWith(prefix);
  if (found.length > 1)
    fail("invalid-argument", `Multiple IDs found with provided prefix: ${prefix}`);
  return found[0];
}
