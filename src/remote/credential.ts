/** What proves who somebody is to a registry. */
export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token (`identitytoken` of a config file; username `<token>` of a helper). */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A bearer token to be sent as it is (`registrytoken`). */
  | { readonly kind: "registry-token"; readonly token: string };

/** Where credentials come from. */
export interface CredentialSource {
  /**
   * The credential for a registry (`docker.io`, `localhost:5000`); undefined: go on as nobody.
   * Some are for the repositories below a path only, and are found when one is named.
   */
  find(registry: string, repository?: string): Promise<Credential | undefined>;
}

/** What became of a credential that was to be kept. */
export interface StoredCredential {
  /** For the user: a file's path or the name of a helper. */
  readonly place: string;
  readonly isPlainText: boolean;
  /** False when it was there already. */
  readonly changed: boolean;
}

/** Where `login` keeps what it was given. */
export interface CredentialStore extends CredentialSource {
  store(registry: string, credential: Credential): Promise<StoredCredential>;
  /** False when there was none. */
  erase(registry: string): Promise<boolean>;
}
