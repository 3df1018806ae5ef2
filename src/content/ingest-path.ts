import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ingestDirectory } from "./layout.ts";

/** `<boot>-<pid>-<start>-<number>`: whose an ingest file is, even after that process is gone. */
const NAME = /^([0-9a-f]{8})-(\d+)-(\d+)-\d+$/;

let own: string | undefined;
let number = 0;

/** A path in ingest/ that nobody else uses. */
export function newIngestPath(root: string): string {
  own ??= `${boot()}-${process.pid}-${processes().processStart(process.pid)}`;
  return join(ingestDirectory(root), `${own}-${++number}`);
}

/** Removes what processes that are gone have left in ingest/. */
export function removeStaleIngests(root: string): void {
  for (const name of readdirSync(ingestDirectory(root)))
    if (isStale(name)) rmSync(join(ingestDirectory(root), name), { force: true });
}

function isStale(name: string): boolean {
  const [, itsBoot, pid, start] = NAME.exec(name) ?? [];
  if (itsBoot === undefined) return false;
  return itsBoot !== boot() || !processes().isAlive(Number(pid), Number(start));
}

function boot(): string {
  return processes().bootId().slice(0, 8);
}

/** Loaded by the first ingestion: what only reads has no use for it. */
function processes() {
  return require("#kernel") as typeof import("#kernel");
}
