import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { CreateOptions } from "#container";
import { fail, kindOf } from "#errors";
import type { ResolvedImage } from "#image";
import type { CommandContext } from "../context.ts";
import { failOnFile } from "../system-error.ts";
import { formatDockerfile } from "./dockerfile.ts";
import { readNotes } from "./notes.ts";
import { PLACE, type RecordedShell, recordedShell } from "./shells.ts";

const EVERYBODY = 0o777;

/** A container whose shell notes what is typed, for a Dockerfile of it. */
export interface Recording extends Disposable {
  /** What to create, in place of what was asked for. */
  readonly options: CreateOptions;
  /** Writes the Dockerfile, when the session is over; removes the container if it was to be. */
  finish(id: string): Promise<void>;
}

/** Fails with `invalid-argument` where the command is no shell, or nobody types. */
export async function openRecording(
  context: CommandContext,
  file: string,
  asked: CreateOptions,
): Promise<Recording> {
  if (!asked.config.OpenStdin)
    fail("invalid-argument", "--record needs somebody who types: add -it");
  const target = resolve(context.directory, file);
  const image = await findImage(context, asked.config.Image);
  const shell = shellOf(asked, image);
  // Its parent is nobody else's, so that only the container can write there.
  const home = mkdtempSync(join(tmpdir(), "shale-record-"));
  const notes = join(home, "notes");
  mkdirSync(notes);
  chmodSync(notes, EVERYBODY);
  writeFileSync(join(notes, shell.script.name), shell.script.text, { mode: 0o644 });
  return {
    options: recorded(asked, shell, notes),
    finish: (id) => finish(context, { id, asked, shell, notes, target }),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
}

function recorded(asked: CreateOptions, shell: RecordedShell, notes: string): CreateOptions {
  const { config, hostConfig = {} } = asked;
  return {
    ...asked,
    config: { ...config, Entrypoint: [""], Cmd: shell.command },
    hostConfig: {
      ...hostConfig,
      // It is to be looked at when it has ended.
      AutoRemove: false,
      Binds: [...(hostConfig.Binds ?? []), `${notes}:${PLACE}`],
    },
  };
}

function shellOf({ config }: CreateOptions, image: ResolvedImage | undefined): RecordedShell {
  const own = image?.config.config;
  const entrypoint = config.Entrypoint ?? own?.Entrypoint ?? [];
  const command = config.Cmd ?? (config.Entrypoint ? [] : (own?.Cmd ?? ["sh"]));
  const words = [...entrypoint, ...command].filter((word) => word !== "");
  return (
    recordedShell(words) ??
    fail(
      "invalid-argument",
      `--record records a shell, not ${JSON.stringify(words.join(" "))}: name one, such as ` +
        `"--entrypoint '' ${config.Image} sh"`,
    )
  );
}

interface Ended {
  readonly id: string;
  readonly asked: CreateOptions;
  readonly shell: RecordedShell;
  readonly notes: string;
  readonly target: string;
}

async function finish(context: CommandContext, ended: Ended): Promise<void> {
  const { id, asked, shell, target } = ended;
  const containers = await (await context.engine()).containers();
  const image = await findImage(context, asked.config.Image);
  const text = formatDockerfile({
    image: nameOf(asked.config.Image, image),
    shell: shell.script.name === "bashrc" ? shell.program : undefined,
    workingDirectory: asked.config.WorkingDir || image?.config.config?.WorkingDir || "/",
    notes: readNotes(ended.notes),
    changes: await containers.changes(id),
  });
  try {
    writeFileSync(target, text);
  } catch (error) {
    failOnFile("open", target, error);
  }
  if (asked.hostConfig?.AutoRemove) await containers.remove(id, { volumes: true });
}

/** With its digest, where a registry has given it one: then it stays the same. */
function nameOf(name: string, image: ResolvedImage | undefined): string {
  const bare = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const digest = image?.digests.find((known) => known.split("@")[0]?.endsWith(bare));
  return digest ? `${name.replace(/@.*$/, "")}@${digest.split("@")[1]}` : name;
}

async function findImage(
  context: CommandContext,
  name: string,
): Promise<ResolvedImage | undefined> {
  const images = await (await context.engine()).images();
  return images.resolve(name).catch((error: unknown) => {
    if (kindOf(error) !== "not-found") throw error;
    return undefined;
  });
}
