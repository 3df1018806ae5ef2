import type { Bytes } from "#bytes";
import { KindedError, kindOf, messageOf } from "#errors";
import type { LayerLimits, LayerSummary } from "./entry-rules.ts";
import { LayerWriter } from "./layer-writer.ts";
import { parseTar } from "./parse-tar.ts";

export interface ApplyOptions {
  /**
   * "overlay": the target is the layer's own, empty directory, and whiteouts become overlay's
   * (character device 0:0, opaque attribute). "remove": the target holds the parents' whole tree,
   * and whiteouts remove from it.
   */
  readonly whiteouts: "overlay" | "remove";
  /** Overlay's attribute namespace: `user.overlay.` under a user namespace. Default trusted. */
  readonly xattrPrefix?: "trusted.overlay." | "user.overlay.";
  /**
   * Directories of the layers below, topmost first, for "overlay": a directory that the layer
   * changes something in but has no entry for is made with the attributes that it has there (by
   * default mode 0755, owner 0:0, time 0).
   */
  readonly lowers?: readonly string[];
  readonly limits?: LayerLimits;
  /**
   * Devices that this user may not make (under a user namespace): fail with `permission-denied`
   * (the default), or leave them out and say so in `skipped`.
   */
  readonly devices?: "require" | "skip";
  readonly signal?: AbortSignal;
}

export interface AppliedLayer extends LayerSummary {
  /** What could not be done here: attributes and, if allowed, devices (the first hundred). */
  readonly skipped: readonly string[];
}

/**
 * Extracts a layer's uncompressed tar into a directory, with everything that tar can say of a
 * file, by the rules of the OCI image spec (layer.md, "Applying Changesets"). Nothing outside the
 * target is ever touched, whatever the archive says (docs/hostile-archives.md). On failure the
 * target is left empty. Memory grows with the number of entries at most, not with their content.
 */
export async function applyLayer(
  tar: Bytes,
  target: string,
  options: ApplyOptions,
): Promise<AppliedLayer> {
  using writer = new LayerWriter(target, options);
  try {
    await parseTar(tar, writer, options.signal);
    return writer.finish();
  } catch (error) {
    clearAfter(error, writer);
    throw error;
  }
}

function clearAfter(error: unknown, writer: LayerWriter): void {
  try {
    writer.clear();
  } catch (cause) {
    const text = `${messageOf(error)}; and what was half-written could not be removed`;
    throw new KindedError(kindOf(error), `${text}: ${messageOf(cause)}`, error);
  }
}
