import { resolve } from "node:path";
import type { ContainerService, CreateOptions } from "#container";
import { fail } from "#errors";
import type { ResolvedImage } from "#image";
import type { CommandContext } from "../context.ts";
import { catchSignals } from "../session/signals.ts";
import { formatDockerfile } from "./dockerfile.ts";
import {
  type Draft,
  finishDraft,
  openDraft,
  removeDraft,
  removeWhenKilled,
  writeWhereabouts,
} from "./draft.ts";
import { findImage, fromName } from "./image.ts";
import { readNotes } from "./notes.ts";
import { PLACE, recorderOf, type ShellRecorder } from "./shells.ts";

/** A container whose shell notes what is typed, for a Dockerfile of it. */
export interface Recording extends Disposable {
  /** What to create, in place of what was asked for. */
  readonly options: CreateOptions;
  /**
   * Waits until the session is over, however it ends, and writes the Dockerfile; removes the
   * container if it was to be. Gives the session's exit code.
   */
  attend(id: string, session: Promise<number>): Promise<number>;
}

/** What of `run` bears upon it. */
export interface RecordingFlags {
  readonly record: string;
  readonly pull: string;
  readonly quiet: boolean;
}

interface Plan {
  readonly asked: CreateOptions;
  readonly shell: ShellRecorder;
  readonly draft: Draft;
}

/** Fails with `invalid-argument` where the command is no shell, or nobody types. */
export async function openRecording(
  context: CommandContext,
  flags: RecordingFlags,
  asked: CreateOptions,
): Promise<Recording> {
  check(asked);
  const shell = shellOf(asked, await findImage(context, asked.config.Image, flags));
  const target = resolve(context.directory, flags.record);
  const draft = openDraft(target, shell.script);
  const early = removeWhenKilled(draft);
  const plan = { asked, shell, draft };
  let attended = false;
  return {
    options: recorded(plan),
    attend(id, session) {
      attended = true;
      early[Symbol.dispose]();
      return attend(context, plan, id, session);
    },
    [Symbol.dispose]() {
      early[Symbol.dispose]();
      if (!attended) removeDraft(draft);
    },
  };
}

function check({ config, hostConfig }: CreateOptions): void {
  if (!config.Tty || !config.OpenStdin || !config.AttachStdin)
    fail("invalid-argument", "--record needs a terminal: run it with -it");
  if (!["", "no"].includes(hostConfig?.RestartPolicy?.Name ?? ""))
    fail("invalid-argument", "conflicting options: cannot specify both --record and --restart");
}

function shellOf({ config }: CreateOptions, image: ResolvedImage | undefined): ShellRecorder {
  const own = image?.config.config;
  const entrypoint = config.Entrypoint ?? own?.Entrypoint ?? [];
  const command = config.Cmd ?? (config.Entrypoint ? [] : (own?.Cmd ?? []));
  const words = [...entrypoint, ...command].filter((word) => word !== "");
  return (
    recorderOf(words) ??
    fail(
      "invalid-argument",
      `--record records a shell, not ${JSON.stringify(words.join(" "))}: name bash or sh, such ` +
        `as "--entrypoint '' ${config.Image} sh"`,
    )
  );
}

function recorded({ asked, shell, draft }: Plan): CreateOptions {
  return {
    ...asked,
    // It is to be looked at when it has ended.
    hostConfig: { ...asked.hostConfig, AutoRemove: false },
    recording: { command: shell.command, source: draft.notes, target: PLACE },
  };
}

async function attend(
  context: CommandContext,
  plan: Plan,
  id: string,
  session: Promise<number>,
): Promise<number> {
  // A terminal that is closed sends more than one.
  using _ = catchSignals(() => {});
  writeWhereabouts(plan.draft, id);
  const [ended] = await Promise.allSettled([session]);
  const containers = await (await context.engine()).containers();
  await keep(context, containers, plan, id);
  removeDraft(plan.draft);
  const isDetached = ended.status === "fulfilled" && ended.value === 0;
  if (plan.asked.hostConfig?.AutoRemove) await remove(context, containers, id, isDetached);
  return await session;
}

async function keep(
  context: CommandContext,
  containers: ContainerService,
  plan: Plan,
  id: string,
): Promise<void> {
  const { asked, shell, draft } = plan;
  const notes = readNotes(draft.notes);
  // It was never started.
  if (notes.length === 0) return;
  const { Image, Mounts } = await containers.inspect(id);
  const image = await (await (await context.engine()).images()).resolve(String(Image));
  const { User, Env } = asked.config;
  const mounts = (Mounts as readonly { Destination: string }[]).map((one) => one.Destination);
  const text = formatDockerfile({
    image: fromName(asked.config.Image, image),
    ...(shell.isBash && { shell: shell.program }),
    workingDirectory: image.config.config?.WorkingDir || "/",
    ...(User && { user: User }),
    ...(Env && { variables: Env.filter((entry) => entry.includes("=")) }),
    ...{ mounts, notes, changes: await containers.changes(id) },
  });
  finishDraft(draft, text);
}

/** One who detaches wants it to go on; one whose terminal is closed does not. */
async function remove(
  { stderr }: CommandContext,
  containers: ContainerService,
  id: string,
  isDetached: boolean,
): Promise<void> {
  const { State } = await containers.inspect(id);
  const { Running } = State as { Running: boolean };
  if (!Running || !isDetached) await containers.remove(id, { force: true, volumes: true });
  else
    stderr.write(
      `WARNING: container ${id} goes on, no longer recorded: remove it with "shale rm -f"\n`,
    );
}
