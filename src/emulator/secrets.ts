import { createHash, randomBytes } from "node:crypto";

/** 43 base64url characters: 256 random bits, as all secrets of the platform have. */
function randomText(): string {
  return randomBytes(32).toString("base64url");
}

export const newCode = randomText;
export const newAccessToken = () => `agpt_xt_${randomText()}`;
export const newRefreshToken = () => `agpt_rt_${randomText()}`;
/** The platform's own is a JWT; nothing but the emulator reads this one. */
export const newWebSession = () => `session_${randomText()}`;

/** The S256 code challenge of RFC 7636, section 4.2. */
export function s256(codeVerifier: string): string {
  return createHash("sha256").update(codeVerifier, "ascii").digest("base64url");
}
