import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { fromNodeHeaders, toNodeHandler } from "better-auth/node";
import { genericOAuth } from "better-auth/plugins";
import express from "express";
import { answerErrors, answerFromApi, serve, settings, tellParent } from "./frame.js";

async function createApp(baseURL) {
  const auth = betterAuth({
    ...{ baseURL, secret: settings.secret },
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    user: { additionalFields: { timezone: { type: "string" } } },
    ...(settings.store === "cookie" && { session: { cookieCache: { enabled: true, maxAge: 300 } } }),
    plugins: [
      genericOAuth({
        config: [
          {
            ...{ providerId: "local", discoveryUrl: `${settings.issuer}/.well-known/openid-configuration` },
            ...{ clientId: settings.clientId, clientSecret: settings.clientSecret },
            scopes: ["openid", "profile", "email", "offline_access"],
            mapProfileToUser: ({ zoneinfo }) => ({ timezone: zoneinfo }),
          },
        ],
      }),
    ],
  });
  const app = express();
  app.all("/api/auth/*splat", toNodeHandler(auth));
  app.get("/sign-in", async (req, res) => {
    const body = { provider: "local", callbackURL: "/user" };
    const headers = fromNodeHeaders(req.headers);
    const begun = await auth.api.signInSocial({ body, headers, returnHeaders: true });
    res.set("Set-Cookie", begun.headers.getSetCookie()).redirect(begun.response.url);
  });
  app.get("/user", async (req, res) => {
    const session = await auth.api.getSession({ headers: fromNodeHeaders(req.headers) });
    if (!session) return void res.sendStatus(401);
    const { id, email, name, timezone } = session.user;
    res.json({ id, email, name, timezone });
  });
  app.get("/api", async (req, res) => {
    const headers = fromNodeHeaders(req.headers);
    const [account] = await auth.api.listUserAccounts({ headers });
    const { accessToken } = await auth.api.getAccessToken({ body: { accountId: account.id }, headers });
    await answerFromApi(res, accessToken);
  });
  app.use(answerErrors);
  return app;
}

tellParent(await serve(createApp));
