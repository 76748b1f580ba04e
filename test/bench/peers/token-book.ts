import { randomBytes } from "node:crypto";

/** What the token endpoint answers. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  /** Seconds. */
  readonly expires_in: number;
}

/** The provider's grants: which refresh token works, which access token lasts. */
export class TokenBook {
  /** Seconds that access tokens last from now on. */
  lifetime = 3600;
  /** Whether a spent refresh token that comes again ends the whole grant, as RFC 9700 section 4.14.2 asks for. */
  endsGrantAtReuse = false;
  /** Refreshes that were asked for. */
  refreshes = 0;
  readonly #grantOf = new Map<string, { current: string }>();
  readonly #expiryOf = new Map<string, number>();

  /** What one sign-in gets. */
  grant(): Tokens {
    return this.#issue({ current: "" });
  }

  /** A refresh token works once, with no grace. */
  refresh(refreshToken: string): Tokens | undefined {
    this.refreshes += 1;
    const grant = this.#grantOf.get(refreshToken);
    if (grant?.current === refreshToken) return this.#issue(grant);
    if (grant && this.endsGrantAtReuse) grant.current = "";
    return undefined;
  }

  /** Whether a header carries an access token that lasts. */
  isFresh(authorization = ""): boolean {
    return (this.#expiryOf.get(authorization.replace(/^Bearer /i, "")) ?? 0) > Date.now();
  }

  #issue(grant: { current: string }): Tokens {
    grant.current = newToken();
    this.#grantOf.set(grant.current, grant);
    const access_token = newToken();
    this.#expiryOf.set(access_token, Date.now() + this.lifetime * 1000);
    return { access_token, refresh_token: grant.current, expires_in: this.lifetime };
  }
}

const newToken = () => randomBytes(32).toString("base64url");
