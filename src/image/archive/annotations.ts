/** Annotations of an index that say what an image is called. */
export const annotations = {
  /** The whole canonical name: containerd's and Docker's own. */
  imageName: "io.containerd.image.name",
  /** The tag, or what another tool put there (OCI image spec, annotations.md). */
  refName: "org.opencontainers.image.ref.name",
  /** What a manifest in an index is about, when it is no image of its own (BuildKit). */
  referenceType: "vnd.docker.reference.type",
} as const;
