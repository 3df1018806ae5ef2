/** What somebody wants to do with a repository; `catalog` is of the registry as a whole. */
export interface Access {
  readonly repository?: string;
  readonly action: "pull" | "push" | "delete" | "catalog";
}

export type Decision =
  | { readonly allowed: true; readonly user?: string }
  /** 401 with this `WWW-Authenticate` when nobody has signed in, else 403. */
  | { readonly allowed: false; readonly challenge?: string; readonly reason: string };

/** Decides who may do what. An access without repository and with action `pull` is `GET /v2/`. */
export interface Authorizer {
  authorize(request: Request, access: Access): Promise<Decision>;
}
