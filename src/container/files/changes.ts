import type { TreeChange } from "#layer";
import type { FileChange } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";
import { lockExisting } from "./locked-container.ts";
import { mountStubs } from "./stubs.ts";
import { writtenSnapshot } from "./written-snapshot.ts";

/** What a container has changed of its image, sorted by path. */
export async function listChanges(
  store: ContainerStore,
  { id, name }: Pick<Container, "id" | "name">,
): Promise<FileChange[]> {
  await using locked = await lockExisting(store, { id, name });
  const { container } = locked;
  using lease = store.state.leases.open(`diff ${id}`);
  const snapshot = await writtenSnapshot(store, container, lease);
  const changes: FileChange[] = [];
  for (const change of snapshot?.changes({ stubs: mountStubs(container.record) }) ?? [])
    if (change) changes.push(asFileChange(change));
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function asFileChange({ kind, path, changed }: TreeChange): FileChange {
  const time = changed && { changed: changed.seconds * 1000 + changed.nanoseconds / 1e6 };
  return { kind, path: `/${path}`, ...time };
}
