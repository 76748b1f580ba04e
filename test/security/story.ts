// A whole story of an app, run as a process of its own: `tsx story.ts FILE`. All that an app could log goes to
// stdout and stderr; the secrets that really went over the wire go to FILE, for the test to look for.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { startEmulator } from "express-autogpt/emulator";
import { startApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";

const secrets = new Set<string>();
const emulator = await startEmulator();
secrets.add(emulator.application.client_secret);

// A proxy before the backend: it sees what really goes over the wire.
const wire = createServer(async (req, res) => {
  const body = await text(req);
  collect(body);
  if (req.headers.authorization) secrets.add(req.headers.authorization.replace("Bearer ", ""));
  const headers: Record<string, string> = {
    "content-type": String(req.headers["content-type"] ?? "application/json"),
  };
  if (req.headers.authorization) headers.authorization = req.headers.authorization;
  const init = {
    method: req.method ?? "GET",
    headers,
    ...(body !== "" && { body }),
    redirect: "manual" as const,
  };
  const answer = await fetch(emulator.url + req.url, init).catch(() => undefined);
  if (!answer) return void res.destroy();
  const answered = await answer.text();
  collect(answered);
  res
    .writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" })
    .end(answered);
});
await once(wire.listen(0), "listening");

function collect(body: string): void {
  let parsed: Record<string, unknown> = {};
  try {
    parsed = { ...JSON.parse(body) };
  } catch {
    return; // HTML, nothing, or one of the faults below
  }
  const { client_secret, code, code_verifier, access_token, refresh_token, token } = parsed;
  for (const value of [client_secret, code, code_verifier, access_token, refresh_token, token]) {
    if (typeof value === "string") secrets.add(value);
  }
}

/** As an app logs that logs everything it can get hold of. */
const log = (...values: unknown[]) =>
  console.log(
    ...values.map((value) =>
      inspect(value, { depth: 10, showHidden: true, maxStringLength: null, maxArrayLength: null }),
    ),
  );
process.on("warning", (warning) => log(warning));

let refuse = false;
const app = await startApp(emulator, {
  options: {
    platform: {
      webUrl: emulator.webUrl,
      backendUrl: `http://localhost:${(wire.address() as AddressInfo).port}`,
    },
    onSignIn({ req, user, scopes, returnTo }) {
      log(user, scopes, returnTo, req.autogpt);
      if (refuse) throw new Error("no such customer");
    },
  },
  routes(express) {
    express.set("env", "production"); // Express and errorHandler() log what they answer with 500
    express.use((req, _res, next) => {
      log(JSON.stringify(req.session), req.sessionID.length, req.autogpt, JSON.stringify(req.autogpt));
      next();
    });
    express.get("/blocks", async (req, res) => {
      const { api } = req.autogpt;
      log(api);
      const { data, error } = await api.GET("/v2/blocks", { params: { query: { limit: 1 } } });
      res.json({ data, error });
    });
  },
});
log(app.autogpt, app.autogpt.router);
for (const name of ["signIn", "signOut", "refresh", "grantLost", "fault"] as const) {
  app.autogpt.events.on(name, (event: object) => log(name, [event]));
}

const browser = new Browser();
/** What the app answered: its body, and where it leads. Set-Cookie is the browser's own. */
async function show(answer: Response): Promise<void> {
  const location = answer.headers.get("location");
  log(answer.status, await answer.text(), location);
  for (const { value } of await browser.jar.getCookies(app.url)) secrets.add(value);
}
const begin = (decision: "authorize" | "deny" = "authorize") =>
  browser.consent(emulator, `${app.url}/auth/login?returnTo=/there`, { decision });

await show(await browser.open(`${app.url}/auth/login`));
await show(await browser.open(await begin("deny")));
const callback = await begin();
await show(await browser.open(callback));
for (const path of ["/whoami", "/private", "/blocks"]) await show(await browser.open(app.url + path));
await show(await browser.open(callback)); // loaded again
await show(await new Browser().open(callback)); // by somebody else
await show(await browser.open(`${await begin()}&iss=https://evil.example`));
await show(await browser.open((await begin()).replace("code=", "code=x")));
for (const path of ["/api/oauth/token", "/external-api/v2/me", "/api/oauth/revoke"]) {
  for (const fault of [
    { status: 422, body: { detail: "x" } },
    { status: 500, body: "<p>oops" },
    { status: 200, body: "{" },
    { status: 401, body: {} },
    { drop: "before" as const },
  ]) {
    const attempt = await begin();
    emulator.addFault({ path, times: 1, ...fault });
    await show(await browser.open(attempt));
    await show(await browser.post(`${app.url}/auth/logout`));
    emulator.advanceClock(60);
  }
}
refuse = true;
await show(await browser.open(await begin()));
refuse = false;
await show(await browser.open(await begin()));
await show(await browser.post(`${app.url}/auth/logout?returnTo=/bye`));
log(app.errors, app.errors.map(String), JSON.stringify(app.errors));
log(app.errors.map((error) => (error instanceof Error ? error.stack : "")));

await new Promise((resolve) => setTimeout(resolve, 300)); // revocations in the background
writeFileSync(String(process.argv[2]), JSON.stringify([...secrets].filter((secret) => secret.length > 8)));
console.log(`the end: ${app.errors.length} errors`);
process.exit(0);
