import { quote } from "#errors";
import type { DockerfileNode } from "../syntax/node.ts";

/** A parse tree in the notation of BuildKit's `Node.Dump`: one instruction a line. */
export function formatTree(nodes: readonly DockerfileNode[]): string {
  return nodes.map((node) => `(${formatNode(node)})\n`).join("");
}

function formatNode(node: DockerfileNode): string {
  const parts = [node.keyword.toLowerCase()];
  if (node.flags.length > 0) parts.push(`[${node.flags.map(quote).join(" ")}]`);
  if (node.trigger) parts.push(`(${formatNode(node.trigger)})`);
  return [...parts, ...node.args.map(quote)].join(" ").trim();
}
