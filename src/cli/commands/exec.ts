import type { ExecConfig } from "#container";
import { messageOf } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand, type FlagValues, UsageError } from "../flags/index.ts";
import { printable } from "../output/index.ts";
import { envFlag } from "../session/env-flag.ts";

const flags = {
  detach: { type: "bool", short: "d", help: "Detached mode: run command in the background" },
  detachKeys: { type: "string", help: "Override the key sequence for detaching a container" },
  env: envFlag,
  envFile: { type: "list", help: "Read in a file of environment variables" },
  interactive: { type: "bool", short: "i", help: "Keep STDIN open even if not attached" },
  privileged: { type: "bool", help: "Give extended privileges to the command" },
  tty: { type: "bool", short: "t", help: "Allocate a pseudo-TTY" },
  user: {
    type: "string",
    short: "u",
    help: "Username or UID (format: <name|uid>[:<group|gid>])",
  },
  workdir: { type: "string", short: "w", help: "Working directory inside the container" },
} as const;

type Flags = FlagValues<typeof flags>;

export default defineCommand({
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  summary: "Execute a command in a running container",
  aliases: ["shale container exec", "shale exec"],
  args: { min: 2 },
  interspersed: false,
  flags,
  async run(context: CommandContext, { flags, args: [name = "", ...command] }): Promise<number> {
    const { interactive, tty, detach, detachKeys } = flags;
    if (interactive && tty && !detach && !context.stdin.isTerminal)
      throw new UsageError("the input device is not a TTY", 1);
    const config = await configOf(context, flags, command);
    const containers = await (await context.engine()).containers();
    const id = await containers.createExec(name, config);
    if (detach) {
      // Only one who waits for its exit code gets one of its own.
      await containers.startExecDetached(id).catch(failPlainly);
      return 0;
    }
    const { runExec } = await import("../session/attached-exec.ts");
    return await runExec(containers, { id, interactive, tty, detachKeys });
  },
});

function failPlainly(error: unknown): never {
  throw new UsageError(`OCI runtime exec failed: ${printable(messageOf(error))}`, 1);
}

async function configOf(
  { environment, directory, stdout }: CommandContext,
  flags: Flags,
  Cmd: readonly string[],
): Promise<ExecConfig> {
  const { interactive, tty, detach } = flags;
  const { variablesOf } = await import("../session/variables.ts");
  return {
    Cmd,
    Env: variablesOf(flags, directory, environment),
    User: flags.user ?? "",
    WorkingDir: flags.workdir ?? "",
    Tty: tty,
    Privileged: flags.privileged,
    AttachStdin: interactive && !detach,
    AttachStdout: !detach,
    AttachStderr: !detach,
    ...(flags.detachKeys !== undefined && { DetachKeys: flags.detachKeys }),
    ...(tty && stdout.isTerminal && { ConsoleSize: [stdout.rows, stdout.columns] as const }),
  };
}
