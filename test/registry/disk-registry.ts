import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRegistry,
  openDiskStorage,
  openSqliteRecords,
  type RegistryOptions,
} from "../../src/registry/index.ts";

export interface DiskRegistry extends AsyncDisposable {
  readonly url: string;
  readonly root: string;
  /** Statuses of all answers so far. */
  readonly statuses: readonly number[];
}

/** A registry on disk and SQLite in this process, at a port of its own. */
export async function startDiskRegistry(
  options: Omit<RegistryOptions, "records" | "blobs"> = {},
): Promise<DiskRegistry> {
  const root = mkdtempSync(join(tmpdir(), "shale-registry-"));
  const records = await openSqliteRecords(join(root, "registry.sqlite"));
  const blobs = openDiskStorage(root);
  const statuses: number[] = [];
  const onEvent = ({ status }: { status: number }) => statuses.push(status);
  const registry = createRegistry({ onEvent, ...options, records, blobs });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: (request) => registry.fetch(request),
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    root,
    statuses,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      await blobs[Symbol.asyncDispose]();
      await records[Symbol.asyncDispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
