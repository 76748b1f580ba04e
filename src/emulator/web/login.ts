import type { Request } from "express";
import type { Answer } from "../answer.js";
import { readText } from "../body.js";
import { card, html, page } from "../html.js";
import type { Platform } from "../platform.js";
import type { EmulatorUser } from "../seed.js";
import { createWebSession, toSetCookie } from "../web-session.js";
import { findUser, queryOf, redirect } from "./pages.js";

/** `GET /login?next=`: pick a user; stands in for the platform's own login. */
export function showLogin(platform: Platform, req: Request): Answer {
  const next = samePath(queryOf(req).get("next"));
  const current = findUser(platform, req);
  const users = [...platform.users.values()].map((user) => toButton(user, user.id === current?.id));
  const body = html`<h1>Who are you?</h1>
<p class="dim">The emulator asks for no password.</p>
<form method="post" action="/login">
<input type="hidden" name="next" value="${next}">
${users}</form>`;
  return { status: 200, html: page("Log in", body) };
}

function toButton({ id, name, email }: EmulatorUser, isCurrent: boolean) {
  const now = isCurrent ? " (now)" : "";
  return html`<button class="user" name="user_id" value="${id}"><strong>${name ?? email}${now}</strong><br><small>${email}</small></button>\n`;
}

export async function logIn(platform: Platform, req: Request): Promise<Answer> {
  const form = new URLSearchParams(await readText(req));
  const user = platform.users.get(form.get("user_id") ?? "");
  if (!user) return { status: 400, html: card("Unknown user", "The emulator has no user with this id.") };
  const answer = redirect(303, samePath(form.get("next")));
  const cookie = toSetCookie(createWebSession(platform, user.id));
  return { ...answer, headers: { ...answer.headers, "Set-Cookie": cookie } };
}

const ANY_ORIGIN = "http://emulator.invalid";

/** A path of this site, or the start page: a link must not lead elsewhere after login. */
function samePath(next: string | null): string {
  if (!next?.startsWith("/") || !URL.canParse(next, ANY_ORIGIN)) return "/";
  // Parsed as a browser does, so that "//host", "/\\host" and tabs in between lose their host; what is left may
  // itself begin with two slashes ("/.//host").
  const { pathname, search } = new URL(next, ANY_ORIGIN);
  return `${pathname}${search}`.replace(/^\/+/, "/");
}
