import { createSeal } from "../../src/seal.js";
import { SECRET } from "./app.js";

/** What stands inside a seal, as far as tests look at it. */
export interface OpenRecord {
  readonly version: number;
  readonly id: string;
  readonly user: { readonly id: string; readonly email?: string; readonly name?: string };
  readonly scopes: readonly string[];
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly state: string;
}

/** Opens and makes what only the app's secret can. */
export function recordSeal(application: string, secret = SECRET) {
  const seal = createSeal([secret], "grant", application);
  return {
    // Safe: the seal vouches that the package wrote it.
    open: async (sealed: string) => (await seal.unseal(sealed)) as OpenRecord,
    seal: (record: object) => seal.seal(record),
  };
}
