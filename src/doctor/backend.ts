import type { PlatformUrls } from "../platform.js";
import { type Answer, ask } from "./ask.js";
import { failed, ok, type Verdict, warning } from "./finding.js";

export const BACKEND_SETTING = "platform.backendUrl (AUTOGPT_BACKEND_URL)";

/** The single-container form of the platform has its backend here, below the web app (oauth.md section 1). */
const SINGLE_CONTAINER_PREFIX = "/_agpt";

/**
 * Whether the platform's backend answers at its address, and what its clock says. A GET of the token endpoint is
 * refused with 405, and that as JSON, by nothing else (oauth.md section 5.1); it changes nothing.
 *
 * @throws {CheckFailed} when there is no answer.
 */
export async function visitBackend({
  backendUrl,
}: PlatformUrls): Promise<{ verdict: Verdict; ahead: number | undefined }> {
  const answer = await askForTokens(backendUrl);
  return { verdict: await judge(backendUrl, answer), ahead: answer.ahead };
}

async function judge(backendUrl: string, answer: Answer): Promise<Verdict> {
  const { status, kind, location } = answer;
  if (isTokenEndpoint(answer)) return ok(`${backendUrl} answers.`);
  if (status >= 500) {
    return failed(
      `${backendUrl} answers ${status}.`,
      "The platform has a fault: look at its log, or try again later.",
    );
  }
  if (await isBelow(backendUrl)) {
    return failed(
      `${backendUrl} is the web app of a single-container instance.`,
      `Set ${BACKEND_SETTING} to ${backendUrl}${SINGLE_CONTAINER_PREFIX}.`,
    );
  }
  if (status >= 300 && status < 400) {
    return failed(
      `${backendUrl} redirects${location ? ` to ${location.origin}` : ""}, and a client secret is not sent after a redirect.`,
      `Set ${BACKEND_SETTING} to the address that answers itself.`,
    );
  }
  if (kind === "HTML") {
    return failed(
      `${backendUrl} answers with a web page where JSON is expected.`,
      `Correct ${BACKEND_SETTING}: this is the web app or a proxy; the backend has another address.`,
    );
  }
  if (status === 404 || status < 300) {
    return failed(
      `${backendUrl} has no token endpoint (${status}).`,
      `Correct ${BACKEND_SETTING}, with its path if it has one; it must be the backend of an AutoGPT Platform that has OAuth.`,
    );
  }
  return warning(
    `${backendUrl} answers ${status} where the platform says 405.`,
    "Look at the proxy or firewall in front of it, if the checks below fail.",
  );
}

const askForTokens = (backendUrl: string) => ask(`${backendUrl}/api/oauth/token`, BACKEND_SETTING);

function isTokenEndpoint({ status, kind }: Answer): boolean {
  return status === 405 && kind === "JSON";
}

async function isBelow(backendUrl: string): Promise<boolean> {
  if (backendUrl.endsWith(SINGLE_CONTAINER_PREFIX)) return false;
  const below = await askForTokens(`${backendUrl}${SINGLE_CONTAINER_PREFIX}`).catch(() => undefined);
  return below !== undefined && isTokenEndpoint(below);
}
