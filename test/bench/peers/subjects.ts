import type { PeerKind } from "./peer.js";

const session = { program: "express-session", signsIn: "link" } as const;
const passport = { program: "passport", signsIn: "link" } as const;
const openid = { program: "express-openid-connect", signsIn: "link", refreshes: true } as const;
const auth = { program: "auth-express", signsIn: "auth.js", refreshes: true } as const;
const better = { program: "better-auth", signsIn: "link", refreshes: true } as const;
const ours = { program: "express-autogpt", signsIn: "autogpt", refreshes: true } as const;

/** The rows of the comparison. */
export const SUBJECTS: readonly PeerKind[] = [
  { name: "bare express", store: "none", program: "bare-express", signsIn: "link" },
  { name: "express-session", store: "memory", ...session },
  { name: "passport", store: "memory", ...passport },
  { name: "express-autogpt", store: "memory", ...ours },
  { name: "better-auth", store: "memory", ...better },
  { name: "express-session", store: "Redis", ...session },
  { name: "passport", store: "Redis", ...passport },
  { name: "express-autogpt", store: "Redis", ...ours },
  { name: "express-openid-connect", store: "Redis", ...openid },
  { name: "express-openid-connect", store: "cookie", ...openid },
  { name: "iron-session", store: "cookie", program: "iron-session", signsIn: "link" },
  { name: "better-auth", store: "cookie", ...better },
  { name: "@auth/express", store: "cookie", ...auth },
];
