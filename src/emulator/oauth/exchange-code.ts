import { Refusal } from "../answer.js";
import { toPythonText } from "../datetime.js";
import type { AuthorizationCode, Platform } from "../platform.js";
import { s256 } from "../secrets.js";
import { FailedValue } from "./errors.js";
import { issueTokens, type TokenAnswer } from "./issue-tokens.js";

/** A refused exchange leaves the code usable; a replay does not touch the tokens issued before. */
export function exchangeCode(
  platform: Platform,
  given: { client_id: string; code: string; redirect_uri: string; code_verifier: string },
): TokenAnswer {
  const code = platform.codes.get(given.code);
  const now = platform.clock.now();
  if (!code) throw invalidGrant("authorization code not found");
  if (code.client_id !== given.client_id) {
    throw invalidGrant("authorization code does not belong to this application");
  }
  if (code.used_at !== undefined) {
    throw invalidGrant(`authorization code already used at ${toPythonText(code.used_at)}`);
  }
  if (code.expires_at < now) throw invalidGrant("authorization code expired");
  if (code.redirect_uri !== given.redirect_uri) throw invalidGrant("redirect_uri mismatch");
  checkVerifier(code, given.code_verifier);
  code.used_at = now;
  return issueTokens(platform, code);
}

export function invalidGrant(reason: string): Refusal {
  return new Refusal(400, `Invalid grant: ${reason}`);
}

function checkVerifier(code: AuthorizationCode, verifier: string): void {
  // Only a direct call of the backend can leave an empty challenge; the platform then asks for nothing.
  if (code.code_challenge === "") return;
  if (verifier === "") throw invalidGrant("code_verifier required but not provided");
  refuseNonAscii(verifier);
  const challenge = code.code_challenge_method === "S256" ? s256(verifier) : verifier;
  if (challenge !== code.code_challenge) throw invalidGrant("PKCE verification failed");
}

/** Python encodes the verifier as ASCII, and its error text reaches the wire. */
function refuseNonAscii(verifier: string): void {
  const characters = [...verifier];
  const start = characters.findIndex((c) => c > "\x7f");
  if (start === -1) return;
  const after = characters.slice(start).findIndex((c) => c <= "\x7f");
  const end = after === -1 ? characters.length : start + after;
  const which =
    end - start === 1
      ? `character '${escapeCharacter(characters[start] ?? "")}' in position ${start}`
      : `characters in position ${start}-${end - 1}`;
  throw new FailedValue(`'ascii' codec can't encode ${which}: ordinal not in range(128)`);
}

function escapeCharacter(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  if (point < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return point < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
