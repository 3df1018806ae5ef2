/** A host that serves a registry's content. */
export interface Endpoint {
  /** `host[:port]`. */
  readonly location: string;
  /** The repository's name there. */
  readonly repository: string;
  /** Certificates are not checked, and plain http is tried after https. */
  readonly insecure: boolean;
  /** The one protocol it speaks, where the configuration says so (`http://mirror:5000`). */
  readonly protocol?: "http" | "https";
  /** Which pulls a mirror is asked for; all when absent. */
  readonly pulls?: "digest-only" | "tag-only";
  /** PEM texts, trusted beside the system's authorities. */
  readonly ca?: readonly string[];
  /** PEM texts. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

/** How one repository of a registry is reached. */
export interface RegistryAccess {
  /** In the order they are tried; the registry itself, which all writes go to, is the last. */
  readonly endpoints: readonly Endpoint[];
  readonly blocked: boolean;
}

/** What the configuration says of registries; asked when one is used. */
export interface RegistriesConfig {
  access(name: { readonly registry: string; readonly repository: string }): Promise<RegistryAccess>;
}
