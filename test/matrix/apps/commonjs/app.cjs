const express = require("express");
const { signInWithAutoGPT } = require("express-autogpt");
const session = require("express-session");
const { openStores } = require("./store.cjs");

const { PORT, MOUNT, BASE_PATH, TRUST_PROXY, SESSION_SECRET, AUTOGPT_REDIRECT_URI } = process.env;

async function main() {
  const { store, grants, close } = await openStores();
  const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY"], basePath: BASE_PATH, grants });

  const app = express();
  if (TRUST_PROXY) app.set("trust proxy", 1);
  app.use(
    session({
      secret: SESSION_SECRET,
      resave: false,
      saveUninitialized: false,
      store,
      cookie: { secure: AUTOGPT_REDIRECT_URI.startsWith("https:"), sameSite: "lax" },
    }),
  );
  app.use(MOUNT || "/", autogpt.router);
  app.get(`${MOUNT}/whoami`, (req, res) => {
    res.json(req.autogpt.signedIn ? req.autogpt.user : null);
  });
  app.get(`${MOUNT}/blocks`, autogpt.requireScopes("READ_BLOCK"), (_req, res, next) => {
    res.locals.autogpt.api
      .GET("/v2/blocks", { params: { query: { limit: 3 } } })
      .then(({ data }) => res.json(data?.items.map((block) => block.name)))
      .catch(next);
  });
  app.use(autogpt.errorHandler());

  const server = app.listen(PORT, () => console.log("listens"));
  process.once("SIGTERM", () => {
    server.close(async () => {
      await autogpt.close();
      await close();
    });
    server.closeIdleConnections();
  });
}

void main();
