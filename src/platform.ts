/** Where the platform is: AutoGPT Cloud, or the two addresses of an instance of one's own. */
export type Platform =
  | "cloud"
  | {
      /** The web app, which the user's browser opens: `http://localhost:3000` on a self-hosted instance. */
      readonly webUrl: string;
      /** The backend, which this server calls: `http://localhost:8006` with Docker Compose. */
      readonly backendUrl: string;
    };

/** The platform's two base URLs, without a slash at the end. */
export interface PlatformUrls {
  readonly webUrl: string;
  readonly backendUrl: string;
}

const CLOUD: PlatformUrls = Object.freeze({
  webUrl: "https://platform.agpt.co",
  backendUrl: "https://backend.agpt.co",
});

/** Checks the `platform` option and names each mistake; both addresses are needed, neither follows from the other. */
export function checkPlatform(
  platform: Platform | undefined,
  env: NodeJS.ProcessEnv = process.env,
): { urls: PlatformUrls; mistakes: string[] } {
  const given = platform ?? fromEnvironment(env);
  if (given === "cloud") return { urls: CLOUD, mistakes: [] };
  if (typeof given !== "object" || given === null) {
    return {
      urls: { webUrl: "", backendUrl: "" },
      mistakes: [
        `platform must be "cloud" or { webUrl: "http://localhost:3000", backendUrl: "http://localhost:8006" }.`,
      ],
    };
  }
  const { webUrl, backendUrl }: { webUrl?: unknown; backendUrl?: unknown } = given;
  const mistakes: string[] = [];
  const urls = {
    webUrl: checkUrl("webUrl", "AUTOGPT_WEB_URL", webUrl, mistakes),
    backendUrl: checkUrl("backendUrl", "AUTOGPT_BACKEND_URL", backendUrl, mistakes),
  };
  return { urls, mistakes };
}

/**
 * The platform's base URLs for an option that may be left out.
 *
 * @throws {TypeError} naming each address that is missing or cannot be used.
 */
export function resolvePlatform(platform?: Platform): PlatformUrls {
  const { urls, mistakes } = checkPlatform(platform);
  if (mistakes.length > 0) throw new TypeError(mistakes.join("\n"));
  return urls;
}

function fromEnvironment(env: NodeJS.ProcessEnv): unknown {
  const { AUTOGPT_WEB_URL: webUrl, AUTOGPT_BACKEND_URL: backendUrl } = env;
  return webUrl || backendUrl ? { webUrl, backendUrl } : "cloud";
}

function checkUrl(name: string, envName: string, value: unknown, mistakes: string[]): string {
  if (typeof value !== "string" || value === "") {
    mistakes.push(
      `platform.${name} is missing: pass it or set ${envName}. The web app and the backend are two addresses.`,
    );
    return "";
  }
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || /[?#@\s]/.test(value)) {
    mistakes.push(
      `platform.${name} must be an http or https address without a query, such as "https://backend.agpt.co".`,
    );
    return "";
  }
  return url.href.replace(/\/+$/, "");
}
