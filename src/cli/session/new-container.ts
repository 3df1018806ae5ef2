import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CreateOptions } from "#container";
import { fail, kindOf, messageOf } from "#errors";
import { checkContentTrust } from "../content-trust-flag.ts";
import type { CommandContext } from "../context.ts";
import type { FlagValues } from "../flags/index.ts";
import { requirePlatform } from "../platform-flag.ts";
import { systemWords } from "../system-error.ts";
import type { PullForRun } from "./auto-pull.ts";
import type { containerFlags } from "./container-flags.ts";
import { createOptionsOf } from "./run-options.ts";

type Flags = FlagValues<typeof containerFlags>;

/** What a command line of `run` or `create` asks for. */
export function readOptions(
  { directory, environment, stdout }: CommandContext,
  flags: Flags,
  args: readonly string[],
): CreateOptions {
  checkContentTrust(flags);
  const variable = (name: string) => environment[name];
  const terminal = stdout.isTerminal ? stdout : undefined;
  return createOptionsOf(flags, args, { directory, terminal, variable });
}

/** Creates it, with its image pulled as the flags say, and gives its ID. */
export async function createNew(
  context: CommandContext,
  flags: Flags,
  options: CreateOptions,
): Promise<string> {
  using file = flags.cidfile ? openIdFile(resolve(context.directory, flags.cidfile)) : undefined;
  const { id, warnings } = await createPulled(context, flags, options);
  for (const warning of warnings) context.stderr.write(`WARNING: ${warning}\n`);
  file?.write(id);
  return id;
}

async function createPulled(
  context: CommandContext,
  flags: Flags,
  options: CreateOptions,
): Promise<{ id: string; warnings: readonly string[] }> {
  const engine = await context.engine();
  const containers = await engine.containers();
  const { pull, quiet, platform } = flags;
  const image = options.config.Image;
  const asked = { quiet, ...(platform && { platform }) };
  if (pull !== "never") await pullMounted(context, options, { quiet });
  if (pull === "always") {
    const { pullForRun } = await import("./auto-pull.ts");
    await pullForRun(context, image, asked);
  }
  try {
    if (platform) await requirePlatform(await engine.images(), [image], platform);
    return await containers.create(options);
  } catch (error) {
    if (pull !== "missing" || !isMissingImage(error)) throw error;
    const { isPullable, pullMissing } = await import("./auto-pull.ts");
    if (!isPullable(image)) throw error;
    await pullMissing(context, image, asked);
    return await containers.create(options);
  }
}

/** Brings in the images that are to be mounted and are not here. */
async function pullMounted(
  context: CommandContext,
  { hostConfig }: CreateOptions,
  asked: PullForRun,
): Promise<void> {
  const mounted = hostConfig?.Mounts?.filter(({ Type }) => Type === "image") ?? [];
  if (mounted.length === 0) return;
  const images = await (await context.engine()).images();
  const { isPullable, pullMissing } = await import("./auto-pull.ts");
  for (const { Source = "" } of mounted) {
    const isHere = await images.inspect(Source).then(
      () => true,
      () => false,
    );
    if (!isHere && isPullable(Source)) await pullMissing(context, Source, asked);
  }
}

function isMissingImage(error: unknown): boolean {
  const missing = /^No such image|does not provide the specified platform/;
  return kindOf(error) === "not-found" && missing.test(messageOf(error));
}

/** The file is there from now on, so that nobody else takes it; it goes if no ID comes. */
function openIdFile(path: string): Disposable & { write(id: string): void } {
  let written = false;
  try {
    closeSync(openSync(path, "wx"));
  } catch (error) {
    failIdFile(path, error);
  }
  return {
    write: (id) => {
      writeFileSync(path, id);
      written = true;
    },
    [Symbol.dispose]: () => {
      if (!written) rmSync(path, { force: true });
    },
  };
}

function failIdFile(path: string, error: unknown): never {
  if ((error as NodeJS.ErrnoException).code === "EEXIST")
    fail(
      "already-exists",
      `container ID file found, make sure the other container isn't running or delete ${path}`,
      error,
    );
  const reason = `open ${path}: ${systemWords(error)}`;
  return fail("failed-precondition", `failed to create the container ID file: ${reason}`, error);
}
