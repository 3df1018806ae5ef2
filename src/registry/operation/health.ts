import type { BlobStorage } from "../blob-storage.ts";
import type { Records } from "../records.ts";

/** Whether a registry can do its work; asked often, so that an answer counts for some seconds. */
export interface Health {
  check(): Promise<Response>;
}

const LIFETIME_MS = 2000;
const TIMEOUT_MS = 5000;

/**
 * Looks whether the storage and the database can be reached.
 */
export function createHealth(
  records: Records,
  blobs: BlobStorage,
  onError: (error: unknown) => void,
): Health {
  let last: { readonly until: number; readonly failures: Promise<readonly string[]> } | undefined;
  const look = async (what: string, asking: Promise<unknown>): Promise<string[]> => {
    try {
      await Promise.race([asking, timeout()]);
      return [];
    } catch (error) {
      onError(error);
      return [what];
    }
  };
  const probe = async () => {
    const failures = [
      look("database", records.repositories({ n: 1 })),
      look("storage", blobs.check ? blobs.check() : reach(blobs)),
    ];
    return (await Promise.all(failures)).flat();
  };
  return {
    async check() {
      const now = Date.now();
      if (!last || last.until < now) last = { until: now + LIFETIME_MS, failures: probe() };
      const failures = await last.failures;
      if (failures.length === 0) return Response.json({ status: "ok" });
      return Response.json({ status: "failing", failures }, { status: 503 });
    },
  };
}

/** An upload that is begun and given up: whoever can do that can take pushes, and be read. */
async function reach(blobs: BlobStorage): Promise<void> {
  const id = crypto.randomUUID();
  const state = await blobs.begin(id, "sha256");
  const touched = Date.now();
  await blobs.abort({ id, repository: "", offset: 0, algorithm: "sha256", state, touched });
}

async function timeout(): Promise<never> {
  await Bun.sleep(TIMEOUT_MS);
  throw new Error(`no answer within ${TIMEOUT_MS} ms`);
}
