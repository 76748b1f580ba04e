import { operations } from "../api/operations.js";
import { isScope, type Scope, type ScopeInfo, scopes as scopeTable } from "../scopes.js";
import type { ExternalApi } from "./external-api.js";
import { failed, ok, type Verdict, warning } from "./finding.js";

/**
 * Whether the instance knows the scopes. There is no list to ask for; but its API documents name the scope of each
 * operation, and an instance without v2 knows none of the scopes that came with it (scopes.md).
 */
export function judgeScopes(scopes: readonly Scope[], api: ExternalApi): Verdict {
  const unknown = api.hasV2 ? [] : scopes.filter((scope) => !infoOf(scope).versions.includes("v1"));
  if (unknown.length > 0) {
    return failed(
      `${unknown.join(", ")} came with External API v2, which the instance does not have: its consent page refuses them.`,
      "Leave them out of scopes, or update the instance.",
    );
  }
  const unnamed = scopesNotNamed(scopes, api);
  if (unnamed.length > 0) {
    return warning(
      `The instance's API documents do not name ${unnamed.join(", ")}: its consent page may refuse them.`,
      "Leave them out of scopes, or update the instance.",
    );
  }
  // What the application's registration allows, only the consent page says.
  return ok(`The instance has ${scopes.join(", ")}; the application's registration must allow them too.`);
}

/** Those that an operation of a document needs by our own, and that no document of the instance names. */
function scopesNotNamed(scopes: readonly Scope[], { documents }: ExternalApi): Scope[] {
  const text = Object.values(documents).join("\n");
  const named = new Set((text.match(/\b[A-Z]+(?:_[A-Z]+)*\b/g) ?? []).filter(isScope));
  if (named.size === 0) return []; // documents without scopes say nothing about them
  const expected = new Set(
    Object.entries(operations)
      .filter(([key]) => (/\/v2\//.test(key) ? "v2" in documents : "v1" in documents))
      .flatMap(([, operation]): readonly Scope[] => operation.scopes),
  );
  return scopes.filter((scope) => expected.has(scope) && !named.has(scope));
}

/** Whether scopes end with External API v1, when, and what to ask for instead. */
export function judgeV1Scopes(scopes: readonly Scope[]): Verdict {
  const ending = scopes.filter((scope) => infoOf(scope).status === "v1-only");
  if (ending.length === 0) return ok("None of the scopes ends with External API v1.");
  const infos = ending.map((scope) => ({ scope, ...infoOf(scope) }));
  return warning(
    `${infos.map(({ scope, endsOn }) => `${scope} ends on the cloud on ${endsOn}`).join("; ")}.`,
    infos.map(({ scope, instead }) => `Instead of ${scope}: ${instead}.`).join(" "),
  );
}

function infoOf(scope: Scope): ScopeInfo {
  return scopeTable[scope];
}
