import { kindOf } from "#errors";
import type { ResolvedImage } from "#image";
import { familiarName, formatReference, parseReference } from "#oci";
import type { CommandContext } from "../context.ts";

/** The image here, or brought in first where that may be; undefined when there is none. */
export async function findImage(
  context: CommandContext,
  name: string,
  { pull, quiet }: { readonly pull: string; readonly quiet: boolean },
): Promise<ResolvedImage | undefined> {
  const images = await (await context.engine()).images();
  const find = () => images.resolve(name).catch(absent);
  const found = await find();
  if (found || pull !== "missing") return found;
  const { isPullable, pullMissing } = await import("../session/auto-pull.ts");
  if (!isPullable(name)) return undefined;
  await pullMissing(context, name, { quiet });
  return await find();
}

function absent(error: unknown): undefined {
  if (kindOf(error) !== "not-found") throw error;
  return undefined;
}

/** As FROM has it: with its digest, where a registry has given it one, so that it stays the same. */
export function fromName(name: string, { digests }: Pick<ResolvedImage, "digests">): string {
  const tagged = name.replace(/@.*$/, "");
  const bare = tagged.replace(/:[^/:]*$/, "");
  const known = digests.map(parseReference).find(({ digest: _, ...repository }) => {
    return [familiarName(repository), formatReference(repository)].includes(bare);
  });
  return known?.digest ? `${tagged}@${known.digest}` : name;
}
