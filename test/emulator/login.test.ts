import { describe, expect, it } from "vitest";
import { ADA, ask, authorizationUrl, emulatorForTests } from "./setup.js";

const emulator = await emulatorForTests();
const GRACE = "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a02";
const logIn = (next: string, user_id = GRACE) =>
  ask(`${emulator.url}/login`, { method: "POST", body: new URLSearchParams({ user_id, next }) });

describe("the login detour", () => {
  it("keeps the page in next, and comes back to it as the user picked", async () => {
    const url = authorizationUrl(emulator, { state: "a b&c" });
    const pathAndQuery = url.slice(emulator.url.length);
    const sent = await ask(url);
    expect(sent.status).toBe(302);
    expect(sent.headers.get("location")).toBe(`/login?next=${encodeURIComponent(pathAndQuery)}`);

    const login = await ask(`${emulator.url}${sent.headers.get("location")}`);
    expect(login.text).toContain("Grace Hopper");
    const back = await logIn(pathAndQuery);
    expect([back.status, back.headers.get("location")]).toEqual([303, pathAndQuery]);
    const cookie = back.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^agpt_web_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/);
    const page = await ask(url, { headers: { Cookie: cookie.split(";", 1)[0] ?? "" } });
    expect(page.text).toContain("grace@example.com");
    expect(page.text).toContain(`/login?next=${encodeURIComponent(pathAndQuery).replaceAll("'", "&#39;")}`);
  });

  it.each([
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "/\t/evil.example",
    "/.//evil.example",
    "x",
    "",
  ])("does not lead to another site: %j", async (next) => {
    const location = (await logIn(next)).headers.get("location") ?? "";
    expect(new URL(location, emulator.url).origin).toBe(emulator.url);
    expect(location.startsWith("//")).toBe(false);
  });

  it("refuses an unknown user, and a form from another origin", async () => {
    expect((await logIn("/", "nobody")).headers.get("set-cookie")).toBeNull();
    const foreign = await ask(`${emulator.url}/login`, {
      method: "POST",
      headers: { Origin: "http://localhost:3000" },
      body: new URLSearchParams({ user_id: ADA, next: "/" }),
    });
    expect([foreign.status, foreign.headers.get("set-cookie")]).toEqual([403, null]);
  });

  it("asks again when the web session has expired, and takes no OAuth token as one", async () => {
    const session = emulator.createSession(ADA);
    const status = async (value: string) =>
      (await ask(authorizationUrl(emulator), { headers: { Cookie: `a=b; agpt_web_session=${value}` } }))
        .status;
    expect(await status(session)).toBe(200);
    expect(await status("agpt_xt_nothing")).toBe(302);
    emulator.expire(session);
    expect(await status(session)).toBe(302);
  });
});
