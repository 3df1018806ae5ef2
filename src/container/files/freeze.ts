import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { spawnProcess } from "#kernel";
import { type ContainerStore, runtimeOf } from "../container-store.ts";
import { noteEvent } from "../events.ts";
import type { Container } from "../record.ts";

/**
 * Pauses, says so, and resumes at the end of its input, which comes at the latest with the end of
 * the process that has started it.
 */
const PAUSE =
  'trap "" PIPE; id=$1; shift; "$@" pause "$id" || exit; echo paused; cat >/dev/null; exec "$@" resume "$id"';

/**
 * Lets all processes of a running container stand still until this is disposed, or until this
 * process ends, however it does. To be called with the container's lock.
 */
export async function freezeContainer(
  store: ContainerStore,
  container: Container,
): Promise<AsyncDisposable> {
  const { argv } = runtimeOf(store, container);
  const { id, name } = container;
  const pausing = spawnProcess(["sh", "-c", PAUSE, "pause", id, ...argv], {
    stdin: "pipe",
    detached: true,
  });
  const words = textOf(pausing.stderr!);
  const thaw = async () => {
    await pausing.stdin!.end();
    return (await pausing.exited).code === 0;
  };
  if (!(await hasOutput(pausing.stdout!))) {
    await thaw();
    const reason = (await words).trim();
    fail(
      "failed-precondition",
      `cannot pause container ${name} (${reason}): commit it with --no-pause`,
    );
  }
  noteEvent(store, container, "pause");
  return {
    async [Symbol.asyncDispose]() {
      if (!(await thaw()))
        fail("internal", `cannot unpause container ${name}: ${(await words).trim()}`);
      noteEvent(store, container, "unpause");
    },
  };
}

async function hasOutput(bytes: Bytes): Promise<boolean> {
  for await (const _ of bytes) return true;
  return false;
}

async function textOf(bytes: Bytes): Promise<string> {
  let text = "";
  for await (const chunk of bytes) text += Buffer.from(chunk).toString();
  return text;
}
