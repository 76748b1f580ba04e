import { isLoopback } from "../config-paths.js";
import type { PlatformUrls } from "../platform.js";
import { type Answer, ask } from "./ask.js";
import { CheckFailed, failed, ok, type Verdict, warning } from "./finding.js";

const SETTING = "platform.webUrl (AUTOGPT_WEB_URL)";

/** Whether the web app has a consent page, which sends visitors to its login page or says what is missing. */
export async function checkWebApp({ webUrl, backendUrl }: PlatformUrls): Promise<Verdict> {
  try {
    return judge(webUrl, await ask(`${webUrl}/auth/authorize`, SETTING));
  } catch (error) {
    // In a container localhost is the container itself, and it is the browser that must reach the web app.
    if (error instanceof CheckFailed && isLoopback(webUrl) && !isLoopback(backendUrl)) {
      return warning(
        `${error.message} Only browsers need it, so this may be right in a container.`,
        error.fix,
      );
    }
    throw error;
  }
}

function judge(webUrl: string, { status, kind, location }: Answer): Verdict {
  if (status >= 500) {
    return failed(
      `${webUrl} answers ${status}.`,
      "The platform has a fault: look at its log, or try again later.",
    );
  }
  if ([401, 403, 429].includes(status)) {
    return warning(
      `${webUrl} answers ${status} to programs.`,
      `Open ${webUrl} in a browser: there it must show the platform.`,
    );
  }
  if (kind === "JSON") {
    return failed(
      `${webUrl} answers with JSON where a web page is expected.`,
      `Correct ${SETTING}: this looks like the backend; the web app is what people open in a browser.`,
    );
  }
  if (location && location.origin !== new URL(webUrl).origin) {
    return warning(
      `${webUrl} redirects to ${location.origin}.`,
      `Set ${SETTING} to the address at which people sign in.`,
    );
  }
  if (status >= 400) {
    return failed(
      `${webUrl} has no consent page (${status}).`,
      `Correct ${SETTING}, or update the instance: it must have "Sign in with AutoGPT".`,
    );
  }
  return ok(`${webUrl} answers.`);
}
