import { messageOf } from "#errors";
import { createProcessSpec, resolveGroups, resolveUser, StartFailure } from "#runtime";
import { applyEnvironment, baseEnvironment } from "../container-config.ts";
import type { ExecConfig } from "../container-service.ts";
import { type ContainerStore, placesOf } from "../container-store.ts";
import type { Container } from "../record.ts";

const DEFAULT_SIZE = [24, 80] as const;

const NOT_RUNNABLE = 126;

/**
 * The process that an exec session runs, by Docker's rules. Fails with {@link StartFailure} where
 * its user is none.
 */
export function execProcess(store: ContainerStore, { id, record }: Container, exec: ExecConfig) {
  const { config } = record;
  const { bundle } = placesOf(store, id);
  const base = baseEnvironment(config.Hostname ?? "", exec.Tty ?? false);
  const [rows, columns] = exec.ConsoleSize ?? DEFAULT_SIZE;
  return createProcessSpec(bundle, {
    args: exec.Cmd,
    env: applyEnvironment(applyEnvironment(base, config.Env ?? []), exec.Env ?? []),
    cwd: checkDirectory(exec.WorkingDir || config.WorkingDir || "/"),
    privileged: exec.Privileged ?? false,
    ...(exec.User && { user: userOf(store, { id, record }, exec.User) }),
    ...(exec.Tty && { terminal: { rows, columns } }),
  });
}

function checkDirectory(path: string): string {
  if (path.startsWith("/")) return path;
  throw new StartFailure(
    NOT_RUNNABLE,
    `the working directory must be an absolute path: ${path}`,
    "invalid-argument",
  );
}

/** With the groups that the container was given. */
function userOf(
  store: ContainerStore,
  { id, record }: Pick<Container, "id" | "record">,
  name: string,
) {
  const { rootfs } = placesOf(store, id);
  const user = orFailed(() => resolveUser(name, rootfs));
  const added = resolveGroups(record.hostConfig.GroupAdd ?? [], rootfs);
  return { ...user, additionalGids: [...user.additionalGids, ...added] };
}

function orFailed<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new StartFailure(NOT_RUNNABLE, messageOf(error), "not-found", error);
  }
}
