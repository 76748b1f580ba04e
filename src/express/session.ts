import { promisify } from "node:util";
import type { Request } from "express";
import type { Session, SessionData } from "express-session";
import { ApplicationError, StoreError } from "../errors.js";
import type { GrantKey } from "../grants/store.js";
import { pathOf } from "./query.js";

/** What a session holds of us: which grant signs it in, and the sign-in that did it. No token, no name. */
export interface SessionMark extends Pick<GrantKey, "user" | "id"> {
  /** The state of the finished sign-in, so that a reload of its callback is recognised. */
  readonly state: string;
  /** Where that sign-in led. */
  readonly returnTo: string;
  /** Scopes that were asked for then and not granted. */
  readonly refused?: readonly string[];
  /** How the setup wizard came back, until the page that began it has seen it. */
  readonly wizard?: { readonly path: string; readonly cancelled: boolean } | undefined;
}

const SETUP = `express-session is missing before the router. Add these lines above app.use(autogpt.router):
  import session from "express-session";
  app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false }));
If they are there, and the cookie has a path: sessions exist below that path only, so mount the router there too,
  app.use("/path", autogpt.router), with login and callback below it.`;

/** What people read when express-session has lost its store. */
export const SESSION_STORE_AWAY = "The session store is away. Try again in a moment.";

/** What the names of all instances' marks begin with. */
const PREFIX = "autogpt:";

/** Reads and writes one instance's mark in express-session's sessions. */
export class Sessions {
  readonly #name: string;
  /** The path of the sessions' cookie, once this process saw a session. */
  #cookiePath: string | undefined;

  constructor(instance: string) {
    this.#name = PREFIX + instance;
  }

  /**
   * Makes sure that there is a session, where there can be one: express-session that loses its store goes on
   * without, and a signed-in person must not be taken for a visitor then.
   *
   * @throws {StoreError} 503 when this process saw sessions before.
   * @throws {ApplicationError} 500 with the lines that are missing, otherwise.
   */
  check(req: Request, isNeeded: boolean): void {
    if (!req.session) {
      const isOutside = !pathOf(req).startsWith(this.#cookiePath ?? "/");
      if (isOutside && !isNeeded) return; // no cookie comes here, so nobody is signed in
      if (this.#cookiePath !== undefined && !isOutside) throw new StoreError(SESSION_STORE_AWAY);
      throw new ApplicationError(SETUP, { status: 500, code: "setup_incomplete" });
    }
    if (this.#cookiePath !== undefined) return;
    if (typeof req.session.regenerate !== "function") {
      throw new ApplicationError(
        `req.session is not one of express-session's (cookie-session cannot start a fresh session at sign-in).\n${SETUP}`,
        { status: 500, code: "setup_incomplete" },
      );
    }
    this.#cookiePath = req.session.cookie.path ?? "/";
  }

  /** Which grant signs this session in, if any. */
  read(req: Request): SessionMark | undefined {
    if (!req.session) return undefined; // destroyed by the app, or outside its cookie's path
    const mark: unknown = Reflect.get(req.session, this.#name);
    return isMark(mark) ? mark : undefined;
  }

  /** Empties a session whose sign-in is over: what that user did must not become the next one's. */
  clear(req: Request): void {
    for (const name of Object.keys(req.session)) {
      if (name !== "cookie" && !this.#isOthersMark(name)) Reflect.deleteProperty(req.session, name);
    }
  }

  /** Starts a session under a fresh ID (session fixation, CWE-384), signed in by `mark`, with `data` carried over. */
  async renew(req: Request, mark: SessionMark, data: Partial<SessionData>): Promise<void> {
    await this.#do(req, "start", req.session.regenerate);
    Object.assign(req.session, data, { [this.#name]: mark });
  }

  /** Remembers, or forgets, how the setup wizard came back. */
  noteWizard(req: Request, wizard: SessionMark["wizard"]): void {
    const mark = this.read(req);
    if (mark) Reflect.set(req.session, this.#name, { ...mark, wizard });
  }

  /** What the app itself put into the session. */
  dataOf(req: Request): Partial<SessionData> {
    const ours = ["cookie", this.#name];
    return Object.fromEntries(Object.entries(req.session).filter(([name]) => !ours.includes(name)));
  }

  /** The sign-ins of other instances in the same app. */
  othersOf(req: Request): Partial<SessionData> {
    return Object.fromEntries(Object.entries(req.session).filter(([name]) => this.#isOthersMark(name)));
  }

  /** Writes the session before the answer goes out: a redirect can be faster than a slow store. */
  async save(req: Request): Promise<void> {
    await this.#do(req, "save", req.session.save);
  }

  /** Ends the session and all that is in it, but for the sign-ins of other instances in the same app. */
  async end(req: Request): Promise<void> {
    if (!req.session) return;
    const others = this.othersOf(req);
    if (Object.keys(others).length === 0) {
      await this.#do(req, "end", req.session.destroy);
      return;
    }
    await this.#do(req, "start", req.session.regenerate);
    Object.assign(req.session, others);
    await this.save(req);
  }

  #isOthersMark(name: string): boolean {
    return name.startsWith(PREFIX) && name !== this.#name;
  }

  async #do(
    req: Request,
    what: string,
    action: (callback: (error: unknown) => void) => Session,
  ): Promise<void> {
    try {
      await promisify((callback: (error: unknown) => void) => action.call(req.session, callback))();
    } catch (cause) {
      throw new StoreError(`The session store could not ${what} the session. Try again in a moment.`, cause);
    }
  }
}

function isMark(value: unknown): value is SessionMark {
  if (typeof value !== "object" || value === null) return false;
  const { user, id, state, returnTo }: Partial<Record<keyof SessionMark, unknown>> = value;
  return [user, id, state, returnTo].every((part) => typeof part === "string");
}
