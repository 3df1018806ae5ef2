import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ContainerService, CreateOptions } from "#container";
import { fail } from "#errors";
import type { ResolvedImage } from "#image";
import type { CommandContext } from "../context.ts";
import { catchSignals } from "../session/signals.ts";
import { failOnFile } from "../system-error.ts";
import { formatDockerfile } from "./dockerfile.ts";
import { findImage, fromName } from "./image.ts";
import { makeNotes, readNotes } from "./notes.ts";
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
  /** Of the host, where the shell's notes are. */
  readonly notes: string;
  readonly target: string;
  /** Beside it, and in its place at the end. */
  readonly draft: string;
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
  const draft = `${target}.partial`;
  openDraft(draft);
  const notes = makeNotes();
  const plan = { asked, shell, notes, target, draft };
  writeFileSync(join(notes, shell.script.name), shell.script.text, { mode: 0o644 });
  let attended = false;
  return {
    options: recorded(plan),
    attend(id, session) {
      attended = true;
      return attend(context, plan, id, session);
    },
    [Symbol.dispose]: () => attended || forget(plan),
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

function recorded({ asked, shell, notes }: Plan): CreateOptions {
  return {
    ...asked,
    // It is to be looked at when it has ended.
    hostConfig: { ...asked.hostConfig, AutoRemove: false },
    recording: { command: shell.command, source: notes, target: PLACE },
  };
}

/** There from the start, so that a place where nothing can be written is known before the work. */
function openDraft(draft: string): void {
  try {
    writeFileSync(draft, "", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      fail(
        "already-exists",
        `${draft} is there: another session is recorded, or shale was killed in one; read it, then remove it`,
      );
    failOnFile("open", draft, error);
  }
}

async function attend(
  context: CommandContext,
  plan: Plan,
  id: string,
  session: Promise<number>,
): Promise<number> {
  // A terminal that is closed sends more than one.
  using _ = catchSignals(() => {});
  writeFileSync(plan.draft, whereabouts(plan, id));
  const ended = await Promise.allSettled([session]);
  const containers = await (await context.engine()).containers();
  await keep(context, containers, plan, id);
  forget(plan);
  await remove(
    context,
    containers,
    plan,
    id,
    ended[0].status === "fulfilled" && ended[0].value === 0,
  );
  return await session;
}

/** For whoever finds it when shale was killed. */
function whereabouts({ notes }: Plan, id: string): string {
  return `# The session is in container ${id}, which stays when shale is killed.
# What was typed is in ${notes}, a file for each command: exit code, directory, command, variables.
`;
}

async function keep(
  context: CommandContext,
  containers: ContainerService,
  plan: Plan,
  id: string,
): Promise<void> {
  const { asked, shell, target, draft } = plan;
  const notes = readNotes(plan.notes);
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
  replace(draft, target, text, plan.notes);
}

function replace(draft: string, target: string, text: string, notes: string): void {
  try {
    writeFileSync(draft, text);
    renameSync(draft, target);
  } catch (error) {
    const { message } = error as Error;
    fail(
      "failed-precondition",
      `write ${target}: ${message}: what was typed is in ${notes}`,
      error,
    );
  }
}

function forget({ notes, draft }: Plan): void {
  rmSync(draft, { force: true });
  rmSync(join(notes, ".."), { recursive: true, force: true });
}

/** Who detaches wants it to go on; who is gone does not. */
async function remove(
  { stderr }: CommandContext,
  containers: ContainerService,
  { asked }: Plan,
  id: string,
  wanted: boolean,
): Promise<void> {
  if (!asked.hostConfig?.AutoRemove) return;
  const { State } = await containers.inspect(id);
  const goesOn = (State as { Running: boolean }).Running && wanted;
  if (goesOn)
    stderr.write(
      `WARNING: container ${id} goes on, no longer recorded: remove it with "shale rm -f"\n`,
    );
  else await containers.remove(id, { force: true, volumes: true });
}
