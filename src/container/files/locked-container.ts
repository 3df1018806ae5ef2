import { fail } from "#errors";
import type { ContainerStore } from "../container-store.ts";
import { lockContainer } from "../lock.ts";
import { type Container, parseContainer } from "../record.ts";

/** A container that nobody starts, ends or removes until this is disposed. */
export interface LockedContainer extends AsyncDisposable {
  readonly container: Container;
}

/** Waits for its lock and reads its record anew; fails with `not-found` when it is gone. */
export async function lockExisting(
  store: ContainerStore,
  { id, name }: Pick<Container, "id" | "name">,
): Promise<LockedContainer> {
  await using stack = new AsyncDisposableStack();
  stack.use(await lockContainer(store, id));
  const row = store.state.containers.get(id) ?? fail("not-found", `No such container: ${name}`);
  const container = parseContainer(row);
  const kept = stack.move();
  return { container, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
