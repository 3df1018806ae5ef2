import { type Descriptor, type Index, mediaTypes } from "#oci";
import { annotations } from "../archive/annotations.ts";
import type { OutgoingManifest } from "./graph.ts";

export const LAYOUT_VERSION = { imageLayoutVersion: "1.0.0" } as const;

/** What index.json says of a layout: images by name, and what refers to them. */
export class LayoutIndex {
  #manifests: readonly Descriptor[];

  constructor(manifests: readonly Descriptor[] = []) {
    this.#manifests = manifests;
  }

  /** What a manifest is listed as; a name is taken from the image that had it. */
  add({ descriptor, role }: OutgoingManifest, reference: string | undefined): void {
    if (role === "part") return;
    const isNamed = role === "root" && reference !== undefined;
    const listed = isNamed ? named(descriptor, reference) : descriptor;
    const others = this.#manifests.filter((one) =>
      isNamed ? nameOf(one) !== reference : one.digest !== descriptor.digest || nameOf(one),
    );
    this.#manifests = [...others, listed];
  }

  toJSON(): Index {
    return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: this.#manifests };
  }
}

function nameOf({ annotations: given }: Descriptor): string | undefined {
  return given?.[annotations.refName];
}

function named(descriptor: Descriptor, reference: string): Descriptor {
  const given = { ...descriptor.annotations, [annotations.refName]: reference };
  return { ...descriptor, annotations: given };
}
