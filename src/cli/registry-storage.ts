import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fail } from "#errors";
import type { OpenedStorage } from "#registry";
import type { CommandContext } from "./context.ts";
import { registryRoot } from "./registry-root.ts";

/** Where a registry keeps blobs and records, when it is not all in one directory. */
export const registryStorageFlags = {
  storage: {
    type: "string",
    value: "url",
    help: "Where blobs are kept: s3://bucket/prefix or a directory; keys from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL",
  },
  database: {
    type: "string",
    value: "url",
    help: "Where records are kept: postgres://user@host/database or a file; password from PGPASSWORD (default from SHALE_REGISTRY_DATABASE)",
  },
} as const;

interface Flags {
  readonly storage?: string | undefined;
  readonly database?: string | undefined;
}

/**
 * Opens what a registry keeps: in ROOT, or where the flags say. With `existing`, fails with
 * `not-found` where there is no registry.
 */
export async function openRegistryStorage(
  context: CommandContext,
  root: string | undefined,
  flags: Flags,
  { existing = false } = {},
): Promise<OpenedStorage> {
  const { openStorage } = await import("#registry");
  const { environment } = context;
  const { storage } = flags;
  const database = flags.database ?? environment.SHALE_REGISTRY_DATABASE;
  const directory = registryRoot(context, root);
  if (storage === undefined || database === undefined) {
    if (existing && database === undefined && !existsSync(join(directory, "registry.sqlite")))
      fail("not-found", `there is no registry in ${directory}`);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  return openStorage({
    root: directory,
    environment,
    ...(storage !== undefined && { storage }),
    ...(database !== undefined && { database }),
  });
}
