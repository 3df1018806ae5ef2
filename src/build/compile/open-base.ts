import { expandInstruction, findStage, type Stage as SourceStage } from "#dockerfile";
import { fail, quote } from "#errors";
import { formatPlatform, type Platform, parsePlatform, platformMatches } from "#oci";
import type { Base } from "../plan.ts";
import { emptyImage } from "./image-draft.ts";
import { continueScope, type Scope, scopeFrom } from "./scope.ts";
import { inPlace, type StageContext } from "./stage-context.ts";

/** What a FROM gives its stage to begin with. */
export interface OpenedBase {
  readonly base: Base;
  /** As written, its variables expanded. */
  readonly name: string;
  readonly scope: Scope;
  /** Instructions that an ONBUILD left to whoever builds on the base. */
  readonly triggers: readonly string[];
}

/** Finds the base of a stage: an earlier stage, `scratch` or an image. */
export async function openBase(context: StageContext, source: SourceStage): Promise<OpenedBase> {
  return inPlace(context.dockerfile, source.from.range, () => findBase(context, source));
}

async function findBase(context: StageContext, source: SourceStage): Promise<OpenedBase> {
  const { globals, expansion } = context;
  const { base: name, platform } = expandInstruction(source.from, globals, expansion);
  if (platform !== undefined) checkPlatform(context.platform, platform);
  const isNumber = /^\d+$/.test(name);
  const earlier = isNumber ? undefined : findStage(context.dockerfile, name, source.index);
  if (earlier !== undefined) return onStage(context, earlier, name);
  if (name !== "scratch") return onImage(context, source, name);
  const scope = scopeFrom(emptyImage(context.platform));
  return { base: { kind: "scratch" }, name, scope, triggers: [] };
}

async function onStage(
  context: StageContext,
  earlier: SourceStage,
  name: string,
): Promise<OpenedBase> {
  const { stage, scope } = await context.stage(earlier);
  const triggers = stage.draft.config.OnBuild ?? [];
  return { base: { kind: "stage", stage }, name, scope: continueScope(scope), triggers };
}

async function onImage(
  context: StageContext,
  source: SourceStage,
  name: string,
): Promise<OpenedBase> {
  const image = await context.image(name);
  const odd = platformWarning(name, image.config, context.platform);
  if (odd !== undefined) context.warn(odd, source.from.range.firstLine);
  const triggers = image.config.config?.OnBuild ?? [];
  return { base: { kind: "image", image }, name, scope: scopeFrom(image.config), triggers };
}

/** In BuildKit's words and by its rule: variants are not compared. */
function platformWarning(name: string, image: Platform, own: Platform): string | undefined {
  if (image.os === own.os && image.architecture === own.architecture) return undefined;
  const [actual, expected] = [image, own].map((platform) => quote(formatPlatform(platform)));
  return (
    `InvalidBaseImagePlatform: Base image ${name} was pulled with platform ${actual}, ` +
    `expected ${expected} for current build`
  );
}

function checkPlatform(own: Platform, wanted: string): void {
  if (platformMatches(own, parsePlatform(wanted))) return;
  fail(
    "unsupported",
    `FROM --platform=${wanted} is not supported yet: this machine is ${formatPlatform(own)}`,
  );
}
