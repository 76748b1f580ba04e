import { hkdfSync } from "node:crypto";
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from "jose";

/** What a seal is for: a blob sealed for one purpose never opens for another. */
export type Purpose = "transaction" | "grant";

/** Seals and unseals our own data as JWE (RFC 7516: `dir`, `A256GCM`). */
export interface Seal {
  seal(data: unknown): Promise<string>;
  /** The data, or `undefined` when it was not sealed by us, for this purpose, unchanged. */
  unseal(sealed: string): Promise<unknown>;
}

interface Key {
  kid: string;
  key: Uint8Array;
}

/**
 * A seal for one purpose of one instance. The first secret seals, all of them unseal.
 *
 * The keys are derived (RFC 5869), so one secret serves every purpose and instance without any of them
 * being able to open what another sealed.
 */
export function createSeal(secrets: readonly string[], purpose: Purpose, instance: string): Seal {
  const keys = secrets.map((secret): Key => {
    const derive = (what: string, bytes: number) =>
      new Uint8Array(hkdfSync("sha256", secret, "", `express-autogpt ${instance} ${purpose} ${what}`, bytes));
    return { key: derive("key", 32), kid: Buffer.from(derive("kid", 6)).toString("base64url") };
  });
  const [newest] = keys;
  if (!newest) throw new TypeError("createSeal needs a secret");

  return {
    async seal(data) {
      return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(data)))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: newest.kid, typ: purpose })
        .encrypt(newest.key);
    },
    async unseal(sealed) {
      try {
        const key = keyFor(sealed, keys, purpose);
        if (!key) return undefined;
        const { plaintext } = await compactDecrypt(sealed, key, {
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
        });
        return JSON.parse(new TextDecoder().decode(plaintext));
      } catch {
        return undefined; // flipped bits, a foreign key, not JSON: all the same to the caller
      }
    },
  };
}

/** Reads the header before anything is decrypted: only exactly ours passes, so no `zip`, `crit` or other `alg`. */
function keyFor(sealed: string, keys: readonly Key[], purpose: Purpose): Uint8Array | undefined {
  const { alg, enc, kid, typ, ...rest } = decodeProtectedHeader(sealed);
  if (alg !== "dir" || enc !== "A256GCM" || typ !== purpose || Object.keys(rest).length > 0) return undefined;
  return keys.find((key) => key.kid === kid)?.key;
}
