import { ExpressAuth, getSession } from "@auth/express";
import express from "express";
import { answerErrors, answerFromApi, serve, settings, tellParent } from "./frame.js";

const config = {
  ...{ secret: settings.secret, trustHost: true, basePath: "/auth" },
  providers: [
    {
      ...{ id: "local", name: "local", type: "oidc", issuer: settings.issuer },
      ...{ clientId: settings.clientId, clientSecret: settings.clientSecret },
      authorization: { params: { scope: "openid profile email offline_access" } },
    },
  ],
  callbacks: {
    // As its guide "Refresh token rotation" does it, with the JWT strategy.
    async jwt({ token, account, profile }) {
      if (account) {
        return {
          ...token,
          ...{ sub: profile.sub, timezone: profile.zoneinfo },
          ...{ access_token: account.access_token, refresh_token: account.refresh_token },
          expires_at: account.expires_at,
        };
      }
      if (Date.now() < token.expires_at * 1000) return token;
      try {
        return { ...token, ...(await refresh(token.refresh_token)) };
      } catch {
        return { ...token, error: "RefreshTokenError" };
      }
    },
    session({ session, token }) {
      Object.assign(session.user, { id: token.sub, timezone: token.timezone });
      return { ...session, error: token.error, accessToken: token.access_token };
    },
  },
};

async function refresh(refresh_token) {
  const response = await fetch(`${settings.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      ...{ client_id: settings.clientId, client_secret: settings.clientSecret },
      ...{ grant_type: "refresh_token", refresh_token },
    }),
  });
  const tokens = await response.json();
  if (!response.ok) throw tokens;
  return {
    access_token: tokens.access_token,
    expires_at: Math.floor(Date.now() / 1000 + tokens.expires_in),
    refresh_token: tokens.refresh_token ?? refresh_token,
  };
}

async function createApp() {
  const app = express();
  // Its documentation has "/auth/*", which Express 5 does not take; this gives it the same params[0].
  app.use(/^\/auth\/(.*)$/, ExpressAuth(config));
  app.use(async (req, res, next) => {
    res.locals.session = await getSession(req, config);
    next();
  });
  app.get("/user", (_req, res) => {
    if (!res.locals.session) return void res.sendStatus(401);
    const { id, email, name, timezone } = res.locals.session.user;
    res.json({ id, email, name, timezone });
  });
  app.get("/api", async (_req, res) => {
    if (!res.locals.session || res.locals.session.error) return void res.sendStatus(401);
    await answerFromApi(res, res.locals.session.accessToken);
  });
  app.use(answerErrors);
  return app;
}

tellParent(await serve(createApp));
