import { AT_FDCWD, statAt } from "#kernel";
import { type Digest, digestOf } from "#oci";
import { listFiles } from "../../context/file-list.ts";
import { isSameStamp } from "../../context/fingerprint.ts";
import { freeMemory } from "../../context/free-memory.ts";
import { SourceTree } from "../../context/source-tree.ts";
import type { CopyOperation } from "../../plan.ts";
import type { BuildSession } from "../../session.ts";
import type { RootState } from "../../solver/root-state.ts";
import type { Vertex } from "../../solver/solver.ts";
import { resolveOwnerIn } from "../owner.ts";
import { CopyLayer } from "./copy-layer.ts";
import type { CopyInput, ResolvedSource } from "./prepare-copy.ts";
import { emptyRoot } from "./root-view.ts";

/** A COPY or ADD that knows what it reads, on top of `parent`. */
export function copyVertex(
  operation: CopyOperation,
  input: CopyInput,
  parent: RootState,
  session: BuildSession,
): Vertex {
  return {
    key: copyKey(operation, input, parent),
    async execute() {
      const { tree, sources } = await input.open();
      const layer = await openLayer(operation, tree, parent, session);
      freeMemory();
      const { diffId, size } = await session.addLayer(layer.tar(sources));
      freeMemory();
      const created = new Date().toISOString();
      if (layer.count === 0)
        return { result: { layer: undefined, size: 0, created }, cacheable: true };
      return { result: { layer: diffId, size, created }, cacheable: isUntouched(tree, sources) };
    },
  };
}

/** With `--link` and no name to look up the layer is the same on any base. */
function copyKey(operation: CopyOperation, { digest }: CopyInput, parent: RootState): Digest {
  const { destination, chown = "", chmod = "", unpack, link } = operation;
  const { sources, exclude, documents } = operation;
  const isFree = link && /^[\d:]*$/.test(chown);
  const chain = isFree ? "" : (parent.chain ?? "");
  const rules = [link, destination, chown, chmod, unpack, sources, exclude, documents];
  return digestOf(JSON.stringify(["copy", chain, digest, ...rules]));
}

async function openLayer(
  operation: CopyOperation,
  tree: SourceTree,
  parent: RootState,
  session: BuildSession,
): Promise<CopyLayer> {
  const { chown, link } = operation;
  const owner = chown === undefined ? undefined : await resolveOwnerIn(parent, chown, session);
  const root = link ? emptyRoot : session.view(parent.layers);
  const mountParent = async () => new SourceTree(await session.trees.mount(parent.layers));
  const below = link ? undefined : mountParent;
  return new CopyLayer({ operation, tree, root, below, owner, session });
}

/** Whether the files are still those that the key was made of. */
function isUntouched(tree: SourceTree, sources: readonly ResolvedSource[]): boolean {
  const selected = sources.flatMap((source) => (source.kind === "files" ? source.selected : []));
  return listFiles(tree, selected).every(({ node }) => {
    const now = statAt(AT_FDCWD, tree.locate(node.path));
    return now !== undefined && isSameStamp(now, node.inode);
  });
}
