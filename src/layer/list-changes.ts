import { ConfinedDirectory, closeFd, type InodeTime, readNames, statAt } from "#kernel";
import { ChangeWalk, type Removals } from "./change-walk.ts";
import { EntryRules, join, type Place } from "./entry-rules.ts";
import type { OpenEntry } from "./layer-entry.ts";
import type { LowerDirectories } from "./lower-directories.ts";

/** One path that differs from the layers below; paths have no leading slash. */
export interface TreeChange {
  readonly kind: "modified" | "added" | "deleted";
  readonly path: string;
  /** When its inode changed last; a deleted one has it only where a mark stands for it. */
  readonly changed?: InodeTime;
}

/** What a tree stands on, and how it says what of that is gone. */
export interface Comparison {
  readonly lowers: LowerDirectories;
  readonly removals: Removals;
}

/** What a tree has changed, with the directories above each change; `undefined` is just a pause. */
export function* listChanges(
  upper: string,
  { lowers, removals }: Comparison,
  stubs: ReadonlySet<string> | undefined,
): Generator<TreeChange | undefined> {
  const rules = new EntryRules();
  using tree = new ConfinedDirectory(upper);
  for (const entry of new ChangeWalk(lowers, removals, stubs).entries(upper)) {
    if (entry === undefined) yield undefined;
    else {
      closeContent(entry);
      const meaning = rules.check(entry.header);
      if (meaning.kind === "opaque") yield* hiddenNames(tree, lowers, meaning.directory);
      else if (meaning.kind === "whiteout") yield timed(tree, meaning.at, "deleted");
      else if (meaning.kind === "change") {
        const isOld = lowers.has(entry.header.path);
        yield timed(tree, meaning.at, isOld ? "modified" : "added");
      }
    }
  }
}

function timed(tree: ConfinedDirectory, at: Place, kind: TreeChange["kind"]): TreeChange {
  const changed = statAt(tree.directory(at.directory).fd, at.name)?.ctime;
  return { kind, path: join(at.directory, at.name), ...(changed && { changed }) };
}

/** What the layers below have in a directory that shows nothing of theirs any more. */
function* hiddenNames(
  tree: ConfinedDirectory,
  lowers: LowerDirectories,
  directory: string,
): Generator<TreeChange> {
  const here = new Set(readNames(tree.directory(directory).fd));
  for (const name of lowers.names(lowers.merged(directory)))
    if (!here.has(name)) yield { kind: "deleted", path: join(directory, name) };
}

function closeContent({ content }: OpenEntry): void {
  if (typeof content === "object" && "fd" in content) closeFd(content.fd);
}
