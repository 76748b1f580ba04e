import { checkOptionNames } from "../option-names.js";
import { explainNoScope, isScope, type Scope } from "../scopes.js";
import { type Agent, AppAgent, type AppUnderTest } from "./agent.js";
import { updateApplication } from "./controls.js";
import type { Platform } from "./platform.js";

/** Who signs in, and for what. */
export interface SignInOptions {
  /** A user of the emulator, or their ID or e-mail address; default: the first user. */
  readonly user?: string | { readonly id: string };
  /** Scopes beyond those that the app asks for at sign-in, which a guard of the app must name. */
  readonly scopes?: readonly Scope[];
  /** Where the app begins sign-in; default `/auth/login`. */
  readonly loginPath?: string;
}

/** What signing in needs of the emulator. */
export interface SignInParts {
  readonly platform: Platform;
  readonly webUrl: string;
  consent(authorizationUrl: string, userId: string): Promise<string>;
}

const OPTIONS = Object.keys({ user: 1, scopes: 1, loginPath: 1 } satisfies Record<keyof SignInOptions, 1>);

const NAVIGATES = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

/**
 * Walks the app's login, the consent page and the app's callback as a browser does.
 *
 * @throws {Error} saying which step did not lead on, and what to look at.
 */
export async function signIn(
  app: AppUnderTest,
  options: SignInOptions,
  { platform, webUrl, consent }: SignInParts,
): Promise<Agent> {
  checkOptionNames("emulator.signIn()", options, OPTIONS);
  const { user, scopes = [], loginPath = "/auth/login" } = options;
  const userId = findUser(platform, user);
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) throw new TypeError(explainNoScope(unknown));
  const agent = new AppAgent(app);
  const authorizationUrl = await begin(agent, loginPath, scopes, webUrl);
  const redirectUri = registerRedirectUri(platform, authorizationUrl);
  agent.origin = redirectUri.origin;

  const callback = new URL(await consent(authorizationUrl.href, userId));
  const refusal = callback.searchParams.get("error");
  if (refusal !== null) {
    const asked = authorizationUrl.searchParams.get("scope");
    throw new Error(
      `The consent page came back with ${refusal}: may the emulator's application ask for ${asked}?`,
    );
  }
  await finish(agent, callback);
  return agent;
}

function findUser({ users }: Platform, wanted: SignInOptions["user"]): string {
  const all = [...users.values()];
  const name = typeof wanted === "object" ? wanted.id : wanted;
  const user = name === undefined ? all[0] : all.find(({ id, email }) => id === name || email === name);
  if (user) return user.id;
  throw new TypeError(
    `The emulator has no user ${name}; it has ${all.map(({ email }) => email).join(", ")}.`,
  );
}

/** From the app's login to the address of the consent page. */
async function begin(
  agent: AppAgent,
  loginPath: string,
  scopes: readonly Scope[],
  webUrl: string,
): Promise<URL> {
  const scope = scopes.length > 0 ? `?${new URLSearchParams({ scope: scopes.join(" ") })}` : "";
  let path = loginPath + scope;
  for (let hops = 0; ; hops += 1) {
    const answer = await agent.fetch(path, { headers: { ...NAVIGATES, "sec-fetch-site": "none" } });
    const location = answer.headers.get("location");
    if (location === null) {
      const hint = answer.status === 404 ? " Is the router mounted, and is loginPath right?" : "";
      throw new Error(
        `GET ${path} was answered ${answer.status}, not a redirect.${hint}${await excerpt(answer)}`,
      );
    }
    const url = new URL(location, agent.origin);
    if (url.origin === webUrl) return url;
    // The app sends visitors to the host of its redirect URI first.
    if (url.pathname !== loginPath || hops > 0) {
      throw new Error(
        `GET ${path} leads to ${url.origin}, not to this emulator (${webUrl}). Give signInWithAutoGPT() \`platform: emulator\`.`,
      );
    }
    agent.origin = url.origin;
    path = url.pathname + url.search;
  }
}

function registerRedirectUri(platform: Platform, { searchParams }: URL): URL {
  const clientId = searchParams.get("client_id") ?? "";
  const redirectUri = searchParams.get("redirect_uri") ?? "";
  const application = platform.applications.get(clientId);
  if (!application) {
    throw new Error(
      `The emulator knows no application ${clientId}. Use the clientId of emulator.application.`,
    );
  }
  const { redirect_uris } = application;
  if (!redirect_uris.includes(redirectUri)) {
    updateApplication(platform, clientId, { redirect_uris: [...redirect_uris, redirectUri] });
  }
  return new URL(redirectUri);
}

/** The callback, then a look whether the app kept what it was told. */
async function finish(agent: AppAgent, { pathname, search }: URL): Promise<void> {
  const headers = { ...NAVIGATES, "sec-fetch-site": "cross-site" };
  let answer = await agent.fetch(pathname + search, { headers });
  const isStrict = answer.status === 200 && /http-equiv="refresh"/.test(await answer.clone().text());
  if (isStrict) answer = await agent.fetch(pathname + search, { headers });
  if (answer.status >= 400) {
    const hint =
      answer.status === 404
        ? " Does a proxy strip the beginning of this path (basePath)? Then give emulator.signIn() the proxy's address, or test without basePath."
        : "";
    throw new Error(`The callback ${pathname} was answered ${answer.status}.${hint}${await excerpt(answer)}`);
  }
  const session = await agent.fetch(pathname.replace(/[^/]*$/, "session"), {
    headers: { accept: "application/json" },
  });
  const told: unknown = await session.json().catch(() => undefined);
  const isSignedIn =
    typeof told === "object" && told !== null && "signedIn" in told && told.signedIn === true;
  if (!isSignedIn) {
    throw new Error(
      "The callback went well, but the next request is not signed in: the session cookie did not come back. Does the app set `cookie.secure` without `trust proxy`, or does onSignIn sign out?",
    );
  }
}

async function excerpt(answer: Response): Promise<string> {
  const text = (await answer.text())
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return text === "" ? "" : ` It says: ${text.slice(0, 300)}`;
}
