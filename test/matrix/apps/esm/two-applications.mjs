import express from "express";
import { signInWithAutoGPT } from "express-autogpt";
import session from "express-session";

const { PORT, SESSION_SECRET, FIRST_CLIENT_ID, FIRST_CLIENT_SECRET, SECOND_CLIENT_ID, SECOND_CLIENT_SECRET } =
  process.env;
const readers = signInWithAutoGPT({
  clientId: FIRST_CLIENT_ID,
  clientSecret: FIRST_CLIENT_SECRET,
  redirectUri: `http://localhost:${PORT}/readers/auth/callback`,
  scopes: ["IDENTITY", "READ_BLOCK"],
});
const guests = signInWithAutoGPT({
  clientId: SECOND_CLIENT_ID,
  clientSecret: SECOND_CLIENT_SECRET,
  redirectUri: `http://localhost:${PORT}/guests/auth/callback`,
  scopes: ["IDENTITY"],
});

const app = express();
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }));
app.use("/readers", readers.router);
app.use("/guests", guests.router);
for (const [path, autogpt] of Object.entries({ readers, guests })) {
  app.get(`/${path}/whoami`, (req, res) => {
    res.json(req.autogpt.signedIn ? req.autogpt.user : null);
  });
  app.get(`/${path}/me`, (req, res) => {
    res.json(req.autogpt.user);
  });
  app.get(`/${path}/blocks`, autogpt.requireScopes("READ_BLOCK"), (_req, res) => {
    res.json(res.locals.autogpt.user.email);
  });
}
app.use(readers.errorHandler(), guests.errorHandler());

const server = app.listen(PORT, () => console.log("listens"));
process.once("SIGTERM", () => {
  server.close(async () => {
    await Promise.all([readers.close(), guests.close()]);
  });
  server.closeIdleConnections();
});
