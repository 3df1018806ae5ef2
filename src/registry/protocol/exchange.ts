import type { Access } from "../access/authorizer.ts";
import type { RegistryOptions } from "../registry.ts";
import { refuse } from "./registry-error.ts";
import { RequestBody } from "./request-body.ts";

/** One request on its way to its response. */
export class Exchange {
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly options: RegistryOptions;
  readonly body: RequestBody;
  /** Who asks, once they were let in. */
  user: string | undefined;

  constructor(request: Request, query: URLSearchParams, options: RegistryOptions) {
    this.request = request;
    this.query = query;
    this.options = options;
    this.body = new RequestBody(request);
  }

  /** Fails with UNAUTHORIZED or DENIED unless the client may do this. */
  async authorize(access: Access): Promise<void> {
    const { authorizer } = this.options;
    if (!authorizer) return;
    const decision = await authorizer.authorize(this.request, access);
    if (decision.allowed) {
      this.user = decision.user;
      return;
    }
    const { challenge, reason } = decision;
    if (challenge === undefined) refuse("DENIED", reason);
    refuse("UNAUTHORIZED", reason, { headers: { "WWW-Authenticate": challenge } });
  }

  /** Whether the client may do this, too. */
  async mayAlso(access: Access): Promise<boolean> {
    const { authorizer } = this.options;
    return !authorizer || (await authorizer.authorize(this.request, access)).allowed;
  }
}
