import { quote } from "#errors";
import type { Dockerfile, Stage } from "./dockerfile.ts";
import { refuse } from "./syntax/refusal.ts";
import { didYouMean } from "./syntax/suggest.ts";

/**
 * The stage a name (in any case) or index means; of several with one name the last. `before`
 * leaves out the stages from that index on: a FROM sees only those above it.
 */
export function findStage(
  dockerfile: Dockerfile,
  reference: string,
  before = dockerfile.stages.length,
): Stage | undefined {
  const visible = dockerfile.stages.slice(0, before);
  const lower = reference.toLowerCase();
  const named = visible.findLast(({ name }) => name === lower);
  return named ?? (/^\d{1,9}$/.test(reference) ? visible[Number(reference)] : undefined);
}

/** The stage to build: the last, or the one asked for, which must exist (`invalid-argument`). */
export function targetStage(dockerfile: Dockerfile, target?: string): Stage {
  if (!target) return dockerfile.stages.at(-1)!;
  return findStage(dockerfile, target) ?? unknownTarget(dockerfile, target);
}

function unknownTarget(dockerfile: Dockerfile, target: string): never {
  const names = dockerfile.stages.flatMap(({ name }) => name ?? []);
  const known =
    names.length === 0
      ? `: no stage of ${dockerfile.name} has a name`
      : `; ${dockerfile.name} has ${names.join(", ")}`;
  const hint = didYouMean(target.toLowerCase(), names) || known;
  return refuse(`target stage ${quote(target)} could not be found${hint}`);
}
