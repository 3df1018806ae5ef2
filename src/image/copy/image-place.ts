/** Where an image is or is to be; paths are absolute. */
export type ImagePlace =
  /** A repository of a registry, as people write it. */
  | { readonly kind: "registry"; readonly name: string }
  /** An image of the store. */
  | { readonly kind: "store"; readonly name: string }
  /**
   * An OCI image layout, as a directory or in a tar, or an archive of `docker save`; `reference`
   * is the name of one image in it.
   */
  | {
      readonly kind: "oci" | "oci-archive" | "docker-archive";
      readonly path: string;
      readonly reference?: string;
    };

/** As the command line writes it. */
export function formatPlace(place: ImagePlace): string {
  if (place.kind === "registry") return `docker://${place.name}`;
  if (place.kind === "store") return `store:${place.name}`;
  const { kind, path, reference } = place;
  return `${kind}:${path}${reference === undefined ? "" : `:${reference}`}`;
}
