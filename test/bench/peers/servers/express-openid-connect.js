import express from "express";
import oidc from "express-openid-connect";
import { answerErrors, answerFromApi, pickUser, serve, settings, tellParent } from "./frame.js";
import { sessionStore } from "./sessions.js";

const { auth, requiresAuth } = oidc;

async function createApp(baseURL) {
  const app = express();
  app.use(
    auth({
      ...{ baseURL, authRequired: false, secret: settings.secret },
      ...{ issuerBaseURL: settings.issuer, clientID: settings.clientId, clientSecret: settings.clientSecret },
      authorizationParams: { response_type: "code", scope: "openid profile email offline_access" },
      ...(settings.store === "redis" && { session: { store: await sessionStore() } }),
    }),
  );
  app.get("/sign-in", (_req, res) => res.oidc.login({ returnTo: "/user" }));
  app.get("/user", requiresAuth(), (req, res) => void res.json(pickUser(req.oidc.user)));
  // As its EXAMPLES.md refreshes an access token.
  app.get("/api", requiresAuth(), async (req, res) => {
    let { access_token, isExpired, refresh } = req.oidc.accessToken;
    if (isExpired()) ({ access_token } = await refresh());
    await answerFromApi(res, access_token);
  });
  app.use(answerErrors);
  return app;
}

tellParent(await serve(createApp));
