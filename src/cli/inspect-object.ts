import type { ContainerInspect } from "#container";
import { kindOf } from "#errors";
import type { ImageInspect } from "#image";
import type { CommandContext } from "./context.ts";

/** An image's document. */
export async function inspectImage(context: CommandContext, name: string): Promise<ImageInspect> {
  return (await (await context.engine()).images()).inspect(name);
}

/** A container's document; `size` adds the bytes that it takes on disk. */
export async function inspectContainer(
  context: CommandContext,
  name: string,
  size: boolean,
): Promise<ContainerInspect> {
  const document = await (await (await context.engine()).containers()).inspect(name);
  return size ? { ...document, ...(await sizesOf(context, document)) } : document;
}

async function sizesOf(context: CommandContext, { Id, Image }: ContainerInspect) {
  const images = await (await context.engine()).images();
  const { details } = await images.diskUsage();
  const own = details.containers.find(({ id }) => id === Id)?.size ?? 0;
  const image = Image ? await orUndefined(images.inspect(String(Image))) : undefined;
  return { SizeRw: own, SizeRootFs: own + (image?.Size ?? 0) };
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
