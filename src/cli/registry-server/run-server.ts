import { messageOf } from "#errors";
import type { RegistryServer } from "#registry";
import type { Output } from "../output/index.ts";

/**
 * Serves until SIGTERM or SIGINT, and ends then when all that goes on is done, after `timeout`
 * milliseconds at the latest; a second signal ends at once. SIGHUP reads files anew.
 */
export async function runServer(
  server: RegistryServer,
  stderr: Output,
  timeout: number,
): Promise<number> {
  const reload = () => void reloadServer(server, stderr);
  process.on("SIGHUP", reload);
  const signal = await firstOf("SIGTERM", "SIGINT");
  stderr.write(`${signal}: finishing what goes on; once more to end at once\n`);
  const impatient = firstOf("SIGTERM", "SIGINT").then(() => "impatient" as const);
  const stopped = await Promise.race([server.stop(timeout), impatient]);
  process.off("SIGHUP", reload);
  if (stopped !== true) stderr.write("some requests were cut off\n");
  return 0;
}

async function reloadServer(server: RegistryServer, stderr: Output): Promise<void> {
  try {
    await server.reload();
    stderr.write("SIGHUP: certificates, users and rules were read again\n");
  } catch (error) {
    stderr.write(`SIGHUP: nothing was changed: ${messageOf(error)}\n`);
  }
}

function firstOf(...signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const done = (signal: NodeJS.Signals) => {
      for (const name of signals) process.off(name, done);
      resolve(signal);
    };
    for (const name of signals) process.on(name, done);
  });
}
