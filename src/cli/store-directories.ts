import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

export interface StoreDirectories {
  readonly root: string;
  readonly runtimeDirectory: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Set inside of a user's kept namespaces, where `getuid` no longer tells: the runtime directory. */
export const ROOTLESS = "SHALE_ROOTLESS";

/** Whether we work for an ordinary user, and on which side of the user's kept namespaces. */
export function userSide(env: Environment): "inside" | "outside" | "neither" {
  if (process.getuid?.() !== 0) return "outside";
  return env[ROOTLESS] ? "inside" : "neither";
}

/**
 * Where the store is: `--root`, else `SHALE_ROOT`, else `/var/lib/shale` for root and
 * `$XDG_DATA_HOME/shale` for everybody else. What lives until the next boot is apart from it,
 * in a directory whose name comes from the store's, so that two stores never meet.
 */
export function storeDirectories(flag: string | undefined, env: Environment): StoreDirectories {
  const rootless = userSide(env) !== "neither";
  const root = realPath(
    resolve(flag || env.SHALE_ROOT || (rootless ? userStore(env) : "/var/lib/shale")),
  );
  const chosen = env[ROOTLESS];
  if (chosen) return { root, runtimeDirectory: chosen };
  const hash = new Bun.CryptoHasher("sha256").update(root).digest("hex").slice(0, 12);
  return { root, runtimeDirectory: join(rootless ? userRuntime(env) : "/run", "shale", hash) };
}

/** One store by whatever path it is called; what is not there yet stays as it is written. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

function userStore(env: Environment): string {
  return join(env.XDG_DATA_HOME || join(env.HOME || "/", ".local", "share"), "shale");
}

function userRuntime(env: Environment): string {
  return env.XDG_RUNTIME_DIR || join(env.HOME || "/", ".cache");
}
