import { familiar, type PullEvent, type PulledImage, type PullLayer } from "#image";
import { humanSize, printable, truncateId } from "../output/index.ts";
import type { LayerView } from "./transfer.ts";

/** What a pull says that is no layer's, in Docker's words where it has them. */
export function eventText(event: PullEvent): string | undefined {
  switch (event.kind) {
    case "begin":
      return `${printable(shortReference(event.reference))}: Pulling from ${event.repository}`;
    case "plan":
      return planText(event.layers);
    case "skipped":
      return printable(`${event.reference}: Skipped: ${event.reason}`);
    case "pulled":
      return `Digest: ${event.image.digest}`;
  }
  return undefined;
}

const WORDS = {
  exists: "Already exists",
  pending: "Pulling fs layer",
  waiting: "Waiting for another pull",
  downloading: "Downloading",
  complete: "Pull complete",
} as const;

export function layerText({ digest, state }: Pick<LayerView, "digest" | "state">): string {
  return `${truncateId(digest)}: ${WORDS[state]}`;
}

/** `4 of 7 layers are here, 212MB to fetch`; undefined when there is nothing to do. */
function planText(layers: readonly PullLayer[]): string | undefined {
  const missing = layers.filter(({ isHere }) => !isHere);
  if (missing.length === 0) return undefined;
  const bytes = missing.reduce((sum, { size }) => sum + size, 0);
  const here = `${layers.length - missing.length} of ${layers.length} layers are here`;
  return `${here}, ${humanSize(bytes, 4)} to fetch`;
}

/** A canonical name with a digest as people write it; a tag as it is. */
function shortReference(reference: string): string {
  return reference.includes("@") ? familiar(reference) : reference;
}

/** The line at the end; `name` is what was asked for. */
export function statusText(pulled: readonly PulledImage[], name: string): string {
  const isNewer = pulled.some((image) => image.isNewer);
  return `Status: ${isNewer ? "Downloaded newer image" : "Image is up to date"} for ${name}\n`;
}
