// People sign in, and the app knows who they are. Everything is kept in memory: for one process.
import express from "express";
import { signInWithAutoGPT } from "express-autogpt";
import session from "express-session";

const { PORT = "3000", SESSION_SECRET, AUTOGPT_REDIRECT_URI = "" } = process.env;
if (!SESSION_SECRET) throw new Error("Set SESSION_SECRET: openssl rand -base64 32");

// The rest comes from AUTOGPT_CLIENT_ID, AUTOGPT_CLIENT_SECRET, AUTOGPT_REDIRECT_URI and AUTOGPT_SECRET.
const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY"] });

const app = express();
const cookie = { sameSite: "lax", secure: AUTOGPT_REDIRECT_URI.startsWith("https:") } as const;
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }));
app.use(autogpt.router);

app.get("/", (req, res) => {
  const signOut = '<form method="post" action="/auth/logout"><button>Sign out</button></form>';
  res.send(
    req.autogpt.signedIn ? `<a href="/me">Who am I?</a>${signOut}` : '<a href="/auth/login">Sign in</a>',
  );
});

app.get("/me", (req, res) => {
  res.json(req.autogpt.user); // throws for a visitor, who is sent to sign in and comes back
});

app.use(autogpt.errorHandler()); // last
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once("SIGTERM", () => void server.close(() => void autogpt.close()));
