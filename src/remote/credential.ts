/** What proves who somebody is to a registry. */
export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token (`identitytoken` of a config file; username `<token>` of a helper). */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A bearer token to be sent as it is (`registrytoken`). */
  | { readonly kind: "registry-token"; readonly token: string };

/** Where credentials come from. */
export interface CredentialSource {
  /** The credential for a registry (`docker.io`, `localhost:5000`); undefined: go on as nobody. */
  find(registry: string): Promise<Credential | undefined>;
}

/** Where `login` keeps what it was given. */
export interface CredentialStore extends CredentialSource {
  /** Says where it went, for the user: a file's path or the name of a helper. */
  store(
    registry: string,
    credential: Credential,
  ): Promise<{ readonly place: string; readonly isPlainText: boolean }>;
  /** False when there was none. */
  erase(registry: string): Promise<boolean>;
}
