/** A host that serves a registry's content. */
export interface Endpoint {
  /** `host[:port]`, with a path for a mirror below one. */
  readonly location: string;
  /** Plain http is tried after https, and certificates are not checked. */
  readonly insecure: boolean;
}

/** How one registry is reached. */
export interface RegistryAccess {
  /** In the order they are tried; the registry itself is the last. */
  readonly endpoints: readonly Endpoint[];
  /** PEM texts. */
  readonly ca?: readonly string[];
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  readonly blocked: boolean;
}

/** What the configuration says of registries; asked when one is used. */
export interface RegistriesConfig {
  access(name: { readonly registry: string; readonly repository: string }): Promise<RegistryAccess>;
}
