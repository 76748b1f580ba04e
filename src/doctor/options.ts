import type { Config } from "../config.js";
import { isLoopback } from "../config-paths.js";
import { examine, type Finding, ok, skipped, type Verdict, warning } from "./finding.js";

/** Each mistake is a finding of its own; `mistakes` are those of the factory, which name their fix. */
export async function judgeOptions(mistakes: readonly string[]): Promise<Finding[]> {
  const verdicts: Verdict[] = [
    ...mistakes.map((mistake): Verdict => ({ status: "failed", message: mistake })),
  ];
  if (verdicts.length === 0) verdicts.push(ok("Complete: client ID, client secret, secret and addresses."));
  return Promise.all(verdicts.map((verdict) => examine("options", () => verdict)));
}

/** What can be said of a redirect URI from here; `undefined`: nobody named one. */
export function judgeRedirectUri(
  redirectUri: string | undefined,
  { origin, webUrl }: Config,
  { isProduction }: { isProduction: boolean },
): Verdict {
  if (redirectUri === undefined)
    return skipped("Not named: set AUTOGPT_REDIRECT_URI, or pass --config FILE.");
  if (origin === "") return skipped("Needs an address that can be used; see options.");
  if (isProduction && isLoopback(redirectUri)) {
    return warning(
      `${redirectUri} with NODE_ENV=production leads people to their own machine.`,
      "Register the app's public https address and name that.",
    );
  }
  if (webUrl !== "" && new URL(webUrl).origin === origin) {
    return warning(
      `${redirectUri} has the same origin as the platform's web app.`,
      "Run the app on another port or host, and register that.",
    );
  }
  // Whether it is registered, only the consent page says, to somebody who is signed in there.
  return ok(`${redirectUri}: this must be registered, character by character.`);
}
