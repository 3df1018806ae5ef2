import type { ContainerInspect } from "#container";
import type { CommandContext } from "../context.ts";
import { defineCommand, UsageError } from "../flags/index.ts";

interface State {
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly Restarting: boolean;
}

export default defineCommand({
  usage: "[OPTIONS] CONTAINER",
  summary: "Attach local standard input, output, and error streams to a running container",
  aliases: ["shale container attach", "shale attach"],
  args: { min: 1, max: 1 },
  flags: {
    detachKeys: { type: "string", help: "Override the key sequence for detaching a container" },
    noStdin: { type: "bool", help: "Do not attach STDIN" },
    sigProxy: { type: "bool", default: true, help: "Proxy all received signals to the process" },
  },
  async run(context: CommandContext, { flags, args: [name = ""] }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const container = await containers.inspect(name);
    const { Tty: tty, OpenStdin } = container.Config as { Tty: boolean; OpenStdin: boolean };
    checkState(container);
    const interactive = OpenStdin && !flags.noStdin;
    if (interactive && tty && !context.stdin.isTerminal)
      throw new UsageError("the input device is not a TTY", 1);
    const { DETACHED, runAttached } = await import("../session/attached-run.ts");
    const { detachKeys, sigProxy: forwardSignals } = flags;
    const run = { id: container.Id, interactive, tty, detachKeys, forwardSignals, running: true };
    const code = await runAttached(containers, run);
    if (code === DETACHED) throw new UsageError("read escape sequence", 1);
    return code;
  },
});

/** Fails in Docker's words where there is nothing to attach to. */
function checkState({ State }: ContainerInspect): void {
  const { Running, Paused, Restarting } = State as State;
  if (Restarting) refuse("a restarting container, wait until it is running");
  if (!Running) refuse("a stopped container, start it first");
  if (Paused) refuse("a paused container, unpause it first");
}

function refuse(what: string): never {
  throw new UsageError(`You cannot attach to ${what}`, 1);
}
