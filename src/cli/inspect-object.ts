import type { ContainerInspect } from "#container";
import { kindOf } from "#errors";
import type { ImageInspect } from "#image";
import type { CommandContext } from "./context.ts";

/** An image's document. */
export async function inspectImage(context: CommandContext, name: string): Promise<ImageInspect> {
  return (await (await context.engine()).images()).inspect(name);
}

/** A container's document; `size` adds the bytes of its files. */
export async function inspectContainer(
  context: CommandContext,
  name: string,
  size: boolean,
): Promise<ContainerInspect> {
  return (await (await context.engine()).containers()).inspect(name, { size });
}

/** A network's document. */
export async function inspectNetwork(context: CommandContext, name: string): Promise<object> {
  return (await (await context.engine()).networks()).inspect(name);
}

/** A volume's document. */
export async function inspectVolume(context: CommandContext, name: string): Promise<object> {
  return (await (await context.engine()).volumes()).inspect(name);
}

/** What was asked for, or undefined where there is no such thing. */
export async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (kindOf(error) === "not-found") return undefined;
    throw error;
  }
}
