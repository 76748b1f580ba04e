import type { ApiClient } from "../api/client-types.js";
import { SignInRequiredError } from "../errors.js";
import type { KnownGrant } from "../grants/record.js";
import type { User } from "../user.js";

/**
 * `req.autogpt`: who is signed in on this request.
 *
 * `user` and `api` throw a `SignInRequiredError` (401) when nobody is, so a route that forgets to ask cannot
 * mistake a visitor for a user.
 */
export interface RequestContext {
  /** Whether somebody is signed in. */
  readonly signedIn: boolean;
  /** @throws {SignInRequiredError} when nobody is signed in. */
  readonly user: User;
  /** The scopes the platform granted, in the order asked for; empty for a visitor. */
  readonly scopes: readonly string[];
  /**
   * The platform's External API with the user's access token, which is refreshed when needed.
   *
   * @throws {SignInRequiredError} when nobody is signed in.
   */
  readonly api: ApiClient;
  /** Names the sign-in, as `signInsOf()` and the events do; `undefined` for a visitor. */
  readonly grantId: string | undefined;
}

declare global {
  namespace Express {
    interface Request {
      /** Who is signed in with AutoGPT; set by `autogpt.router`. */
      autogpt: RequestContext;
    }
  }
}

/** A request without a sign-in. What throws is inherited: copies, logs and JSON of a visitor's request do not throw. */
class VisitorContext implements RequestContext {
  readonly signedIn = false;
  readonly scopes = Object.freeze([]);

  get user(): never {
    throw new SignInRequiredError();
  }

  get api(): never {
    throw new SignInRequiredError();
  }

  get grantId(): undefined {
    return undefined;
  }
}

/** The same for every visitor, so that a request without a sign-in costs nothing. */
export const VISITOR: RequestContext = Object.freeze(new VisitorContext());

/** A signed-in request; the API client is made when it is asked for. Templates and JSON see user and scopes. */
export class SignedInContext implements RequestContext {
  readonly signedIn = true;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly #grant: KnownGrant<"live">;
  readonly #createApi: (grant: KnownGrant<"live">) => ApiClient;
  #api: ApiClient | undefined;

  constructor(grant: KnownGrant<"live">, createApi: (grant: KnownGrant<"live">) => ApiClient) {
    this.#grant = grant;
    this.#createApi = createApi;
    this.user = grant.record.user;
    this.scopes = grant.record.scopes;
  }

  get grantId(): string {
    return this.#grant.key.id;
  }

  get api(): ApiClient {
    this.#api ??= this.#createApi(this.#grant);
    return this.#api;
  }
}
