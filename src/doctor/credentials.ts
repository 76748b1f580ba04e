import { randomBytes } from "node:crypto";
import type { Config } from "../config.js";
import { type Answer, ask } from "./ask.js";
import { BACKEND_SETTING } from "./backend.js";
import { failed, ok, skipped, type Verdict } from "./finding.js";

/**
 * Whether client ID and client secret are accepted: by introspection of a made-up access token, which changes
 * nothing (oauth.md section 6). Asked here and not through openid-client, whose translated errors no longer say
 * which of the two is wrong.
 */
export async function checkCredentials({ clientId, clientSecret, backendUrl }: Config): Promise<Verdict> {
  if (clientId === "" || clientSecret === "") return skipped("Needs a client ID and a client secret.");
  const answer = await ask(`${backendUrl}/api/oauth/introspect`, BACKEND_SETTING, {
    token: `agpt_xt_${randomBytes(32).toString("base64url")}`,
    token_type_hint: "access_token",
    client_id: clientId,
    client_secret: clientSecret,
  });
  return judge(answer);
}

function judge({ status, body }: Answer): Verdict {
  const { active, detail }: { active?: unknown; detail?: unknown } = Object(body);
  if (status === 200 && typeof active === "boolean")
    return ok("The backend accepts client ID and client secret.");
  if (status === 401) return explainRefusal(String(detail));
  if (status === 429 || status >= 500) {
    return failed(
      `Introspection answers ${status}.`,
      "Try again later; if it stays, look at the platform's log.",
    );
  }
  // The body of a 422 repeats the client secret: nothing of it is shown.
  return failed(
    `Introspection answers ${status}, which is not the platform's.`,
    `Correct ${BACKEND_SETTING}, or look at the proxy in front of it.`,
  );
}

/** The texts are not a contract (oauth.md section 5.5), so an unknown one is a refusal too. */
function explainRefusal(detail: string): Verdict {
  if (/not active|disabled/i.test(detail)) {
    return failed(
      "The application is switched off at the platform.",
      "Have whoever registered it switch it on.",
    );
  }
  if (/client_id/.test(detail)) {
    return failed(
      "The platform does not know this client ID.",
      "Compare clientId (AUTOGPT_CLIENT_ID) with the registration; each instance has applications of its own, so look at the addresses too.",
    );
  }
  return failed(
    /client_secret/.test(detail)
      ? "The platform refuses this client secret."
      : "The platform refuses this client ID and client secret.",
    `Compare clientSecret (AUTOGPT_CLIENT_SECRET) with what was shown when the application was registered.`,
  );
}
