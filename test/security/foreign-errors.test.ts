import type { ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { ApplicationError, AutoGPTError, CallbackError, PlatformError } from "express-autogpt";
import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { type SuiteApp, useSuite } from "./support.js";

const suite = useSuite();
const ACCESS = "agpt_xt_CanaryAccessToken";
const REFRESH = "agpt_rt_CanaryRefreshToken";
const TOKENS = {
  access_token: ACCESS,
  refresh_token: REFRESH,
  token_type: "Bearer",
  scopes: ["IDENTITY", "READ_BLOCK"],
};

interface Wire {
  res: ServerResponse;
  /** What was asked: the body with client secret, code and verifier, or the access token. */
  asked: string;
}
type Respond = (wire: Wire) => void;

const json =
  (status: number, body: (asked: string) => unknown, headers: Record<string, string> = {}): Respond =>
  ({ res, asked }) =>
    void res
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(body(asked)));
const raw =
  (
    status: number,
    type: string,
    body: (asked: string) => string,
    headers: Record<string, string> = {},
  ): Respond =>
  ({ res, asked }) =>
    void res.writeHead(status, { "content-type": type, ...headers }).end(body(asked));

type Expected = [status: number, kind: new (...args: never[]) => AutoGPTError];
const BROKEN: Expected = [502, PlatformError];
const PASSING: Expected = [503, PlatformError];
const OURS: Expected = [500, ApplicationError];

const tokenAnswers: [string, Respond, Expected][] = [
  ["200 without token_type", json(200, () => ({ ...TOKENS, token_type: undefined })), BROKEN],
  ["200 with another token_type", json(200, () => ({ ...TOKENS, token_type: "mac" })), BROKEN],
  ["200 with a number as token", json(200, () => ({ ...TOKENS, access_token: 7 })), BROKEN],
  ["200 with an empty token", json(200, () => ({ ...TOKENS, access_token: "" })), BROKEN],
  [
    "200 with an object as refresh token",
    json(200, () => ({ ...TOKENS, refresh_token: { x: REFRESH } })),
    BROKEN,
  ],
  [
    "200 with broken JSON",
    raw(200, "application/json", (asked) => `{"access_token":"${ACCESS}",${asked}`),
    BROKEN,
  ],
  ["200 with HTML", raw(200, "text/html", (asked) => `<p>${asked}`), BROKEN],
  ["200 with JSON called HTML and no token", raw(200, "text/html", () => "{}"), BROKEN],
  ["200 with an array", json(200, (asked) => [asked]), BROKEN],
  ["200 with null", json(200, () => null), BROKEN],
  ["200 with a string", json(200, (asked) => asked), BROKEN],
  ["200 with nothing", raw(200, "application/json", () => ""), BROKEN],
  ["204", ({ res }) => void res.writeHead(204).end(), BROKEN],
  ["302 elsewhere", raw(302, "text/plain", (asked) => asked, { location: "https://evil.example/" }), BROKEN],
  ["307 elsewhere", raw(307, "text/plain", (asked) => asked, { location: "https://evil.example/" }), BROKEN],
  [
    "400 that names the code",
    json(400, (asked) => ({ detail: `Invalid grant: ${asked}` })),
    [400, CallbackError],
  ],
  [
    "400 of RFC 6749",
    json(400, (asked) => ({ error: "invalid_grant", error_description: asked })),
    [400, CallbackError],
  ],
  ["400 with something else", json(400, (asked) => ({ detail: asked })), OURS],
  [
    "400 whose error is the request",
    json(400, (asked) => ({ error: asked, error_description: asked })),
    OURS,
  ],
  ["401", json(401, (asked) => ({ detail: asked })), OURS],
  [
    "401 with a challenge",
    json(401, (asked) => ({ detail: asked }), {
      "www-authenticate": `Bearer error="invalid_client", error_description="${REFRESH}"`,
    }),
    OURS,
  ],
  [
    "401 with a broken challenge",
    json(401, (asked) => ({ detail: asked }), { "www-authenticate": `=,"${REFRESH}` }),
    OURS,
  ],
  ["403", json(403, (asked) => ({ detail: asked })), OURS],
  ["404 of another server", raw(404, "text/html", (asked) => `<p>${asked}`), OURS],
  [
    "422 that echoes",
    json(422, (asked) => ({ detail: [{ input: JSON.parse(asked), loc: ["body"] }] })),
    OURS,
  ],
  ["429", json(429, (asked) => ({ detail: asked }), { "retry-after": "7" }), PASSING],
  ["500 with HTML", raw(500, "text/html", (asked) => `<pre>${asked}</pre>`), PASSING],
  [
    "503 with a date",
    raw(503, "text/plain", (asked) => asked, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }),
    PASSING,
  ],
  [
    "503 with nonsense",
    raw(503, "text/plain", (asked) => asked, { "retry-after": `1e99 "${REFRESH}"` }),
    PASSING,
  ],
  ["503 with less than nothing", raw(503, "text/plain", (asked) => asked, { "retry-after": "-1" }), PASSING],
  ["a dropped connection", ({ res }) => void res.destroy(), PASSING],
];

/** Signs in at a platform whose backend is `respond`, and looks for what was asked in all that comes of it. */
async function signInAt(respond: (path: string, wire: Wire) => void, scopes = ["IDENTITY", "READ_BLOCK"]) {
  const seen: string[] = [ACCESS, REFRESH, suite.emulator.application.client_secret];
  const backendUrl = await suite.serve(async (req, res) => {
    const body = await text(req);
    if (body !== "") seen.push(...Object.values(JSON.parse(body)).map(String).filter(isSecret));
    respond(req.url ?? "", { res, asked: body || String(req.headers.authorization) });
  });
  const options = { platform: { webUrl: suite.emulator.webUrl, backendUrl }, scopes: scopes as ["IDENTITY"] };
  const app = await suite.start({ options });
  const answer = await new Browser().signIn(suite.emulator, app.url);
  const shown = [await answer.text(), inspect([...answer.headers]), ...app.errors.map(inspectAll)].join("\n");
  return { app, answer, leaked: seen.filter((secret) => shown.includes(secret)), seen };
}

/** The code, the verifier and the secret; not the names of grant types and addresses. */
const isSecret = (value: string) =>
  value.length >= 20 &&
  !value.startsWith("http") &&
  !value.startsWith("agpt_client_") &&
  !/^[a-z_]+$/.test(value);

function inspectAll(error: unknown): string {
  const whole = inspect(error, { depth: 10, showHidden: true, maxStringLength: null });
  return `${whole}\n${JSON.stringify(error)}\n${error instanceof Error ? error.stack : ""}`;
}

function expectOurs(app: SuiteApp, [status, kind]: Expected, answered: number) {
  const [error] = app.errors;
  expect(error).toBeInstanceOf(kind);
  expect([answered, (error as AutoGPTError).status]).toEqual([status, status]);
}

describe("an answer of the token endpoint that is none: ", () => {
  it.each(tokenAnswers)("%s", async (_, respond, expected) => {
    const { app, answer, leaked, seen } = await signInAt((_path, wire) => respond(wire));
    expectOurs(app, expected, answer.status);
    expect(seen.length).toBeGreaterThanOrEqual(5); // secret, code and verifier were asked for
    expect(leaked).toEqual([]);
    const after = answer.headers.get("retry-after");
    if (expected === PASSING) expect(after).toMatch(/^[1-9]\d{0,5}$/);
    else expect(after).toBe(null);
  });
});

it("an answer of the token endpoint that breaks off is the platform's fault", async () => {
  const { app, answer, leaked } = await signInAt((_path, { res }) => {
    res.writeHead(200, { "content-length": "999", "content-type": "application/json" });
    res.write(`{"access_token":"${ACCESS}`, () => res.destroy());
  });
  expect([502, 503]).toContain(answer.status);
  expect(app.errors[0]).toBeInstanceOf(PlatformError);
  expect(leaked).toEqual([]);
});

const identityAnswers: [string, Respond, number[]][] = [
  ["200 with nothing in it", json(200, () => ({})), [502]],
  ["200 with an ID that is none", json(200, (asked) => ({ id: { asked }, user_id: 7 })), [502]],
  ["200 with broken JSON", raw(200, "application/json", (asked) => `{${asked}`), [502, 503]],
  ["200 with HTML", raw(200, "text/html", (asked) => asked), [502, 503]],
  ["401", json(401, (asked) => ({ detail: asked })), [500, 502]],
  ["403", json(403, (asked) => ({ detail: asked })), [500, 502]],
  ["404", json(404, (asked) => ({ detail: asked })), [500, 502]],
  ["422", json(422, (asked) => ({ detail: asked })), [500, 502]],
  ["500 with HTML", raw(500, "text/html", (asked) => asked), [503]],
  [
    "307 elsewhere",
    raw(307, "text/html", (asked) => asked, { location: "https://evil.example/" }),
    [502, 503],
  ],
  ["a dropped connection", ({ res }) => void res.destroy(), [503]],
];

describe.each([
  ["me", ["IDENTITY"]],
  ["introspection", ["READ_BLOCK"]],
])("an answer of %s that is none: ", (_name, scopes) => {
  it.each(identityAnswers)("%s", async (_, respond, statuses) => {
    const respondTo = (path: string, wire: Wire) =>
      path === "/api/oauth/token" ? json(200, () => ({ ...TOKENS, scopes }))(wire) : respond(wire);
    const { app, answer, leaked } = await signInAt(respondTo, scopes);
    expect(statuses).toContain(answer.status);
    expect(app.errors[0]).toBeInstanceOf(AutoGPTError);
    expect(leaked).toEqual([]);
  });
});
