import { describe, expect, it } from "vitest";
import {
  ADA,
  ask,
  authorizationUrl,
  type Changes,
  CLIENT_ID,
  emulatorForTests,
  exchange,
  REDIRECT_URI,
} from "./setup.js";

const withQuery = `${REDIRECT_URI}?x=1&state=old`;
const emulator = await emulatorForTests({
  applications: [
    {
      client_id: CLIENT_ID,
      client_secret: "agpt_secret_x",
      name: "<b>Ada's</b> app",
      redirect_uris: [REDIRECT_URI, withQuery, "com.example.app:/cb", "https://a.example"],
      scopes: ["IDENTITY", "READ_BLOCK"],
    },
  ],
});

const walk = (changes: Changes, decision?: "deny") =>
  emulator.consent(authorizationUrl(emulator, changes), decision ? { decision } : {});
const cookie = () => ({ Cookie: `agpt_web_session=${emulator.createSession(ADA)}` });
const show = (changes: Changes = {}) => ask(authorizationUrl(emulator, changes), { headers: cookie() });
const press = (changes: Changes, decision: string, headers: Record<string, string> = cookie()) =>
  ask(authorizationUrl(emulator, changes), {
    method: "POST",
    headers,
    body: new URLSearchParams({ decision }),
  });

it("an app's own login address is told from the consent page's", async () => {
  await expect(emulator.consent("http://localhost:3000/auth/login")).rejects.toThrow(
    "not of http://localhost:3000: give it the Location that your login route answers with, or use emulator.signIn(app).",
  );
});

describe("what comes back", () => {
  it("approved: code, state, spaces as +, by concatenation", async () => {
    const callback = await walk({ state: "a b~*&é" });
    expect(callback).toMatch(
      /^http:\/\/localhost:3000\/auth\/callback\?code=[\w-]{43}&state=a\+b~%2A%26%C3%A9$/,
    );
  });

  it("denied: error, error_description, state", async () => {
    expect(await walk({ state: "a b" }, "deny")).toBe(
      `${REDIRECT_URI}?error=access_denied&error_description=User+denied+access&state=a+b`,
    );
  });

  it("a redirect URI with a query: broken when approved, kept when denied", async () => {
    const approved = await walk({ redirect_uri: withQuery });
    expect(approved.startsWith(`${withQuery}?code=`)).toBe(true);
    expect(new URL(approved).searchParams.get("code")).toBeNull();
    expect(await walk({ redirect_uri: withQuery, state: "new" }, "deny")).toBe(
      `${REDIRECT_URI}?x=1&state=new&error=access_denied&error_description=User+denied+access`,
    );
  });

  it("custom schemes and an origin without a path, byte for byte when approved", async () => {
    expect(await walk({ redirect_uri: "com.example.app:/cb" })).toMatch(/^com\.example\.app:\/cb\?code=/);
    expect(await walk({ redirect_uri: "https://a.example" })).toMatch(/^https:\/\/a\.example\?code=/);
  });

  it("another response type, and a scope of spaces: error, state, error_description", async () => {
    expect(await walk({ response_type: "token", state: "s" })).toBe(
      `${REDIRECT_URI}?error=unsupported_response_type&state=s&error_description=Only+%27code%27+response+type+is+supported`,
    );
    expect(await walk({ scope: "  ", state: "s" })).toBe(
      `${REDIRECT_URI}?error=invalid_scope&state=s&error_description=At+least+one+scope+is+required`,
    );
  });

  it("an allow-list that changed after the page was shown", async () => {
    emulator.updateApplication(CLIENT_ID, { scopes: ["READ_BLOCK", "READ_RUN"] });
    const answer = await press({ state: "s" }, "authorize");
    expect(answer.headers.get("location")).toBe(
      `${REDIRECT_URI}?error=invalid_scope&state=s&error_description=Application+is+not+authorized+for+all+requested+scopes.+Allowed%3A+READ_BLOCK%2C+READ_RUN`,
    );
  });

  it("defaults: code and S256", async () => {
    const callback = await walk({ response_type: undefined, code_challenge_method: undefined });
    const code = new URL(callback).searchParams.get("code") ?? "";
    expect((await exchange(emulator, code, { client_secret: "agpt_secret_x" })).status).toBe(200);
  });
});

describe("what never redirects, in the order of checking", () => {
  const refuses = (changes: Changes, text: string) => expect(walk(changes)).rejects.toThrow(text);

  it.each(["client_id", "redirect_uri", "scope", "state", "code_challenge"])("no %s", async (name) => {
    await refuses({ [name]: undefined }, `Missing required parameters: ${name}`);
    await refuses({ [name]: "" }, `Missing required parameters: ${name}`);
  });

  it("names all that is missing, before it looks at the client", async () => {
    await refuses(
      { client_id: "nobody", state: undefined, code_challenge: "" },
      "Missing required parameters: state, code_challenge",
    );
  });

  it("an unknown and a disabled application, before the redirect URI", async () => {
    await refuses({ client_id: "nobody", redirect_uri: "x" }, "Application not found");
    emulator.updateApplication(CLIENT_ID, { is_active: false });
    await refuses({ redirect_uri: "x" }, "Application not found");
  });

  it.each([`${REDIRECT_URI}/`, "http://localhost:3001/auth/callback", "HTTP://localhost:3000/auth/callback"])(
    "a redirect URI that is not registered, before the scopes: %s",
    (redirect_uri) => refuses({ redirect_uri, scope: "NOPE" }, "redirect_uri is not registered"),
  );

  it("a method other than S256 and plain: shown after Authorize", async () => {
    expect((await show({ code_challenge_method: "S512" })).text).toContain("Authorize</button>");
    await refuses({ code_challenge_method: "S512" }, "Input should be 'S256' or 'plain'");
  });

  it("a session that ended during consent, and an application switched off meanwhile", async () => {
    for (const headers of [{}, { Cookie: "agpt_web_session=old" }]) {
      const answer = await press({}, "authorize", headers);
      expect([answer.status, answer.headers.get("location")]).toEqual([200, null]);
      expect(answer.text).toContain("Your session has ended");
    }
    emulator.updateApplication(CLIENT_ID, { is_active: false });
    const answer = await press({}, "authorize");
    expect(answer.headers.get("location")).toBeNull();
    expect(answer.text).toContain("Application is not active");
  });

  it("a denial to an unregistered URI, made by hand", async () => {
    const answer = await press({ redirect_uri: "https://evil.example/" }, "deny");
    expect(answer.headers.get("location")).toBeNull();
  });
});

describe("the emulator's hint beside a refused redirect URI", () => {
  const asked = "http://localhost:8080/<auth>/callback";

  it("names what was asked for, what is registered and how to add it, apart from the platform's text", async () => {
    const { text } = await show({ redirect_uri: asked });
    const [, card = "", hint = ""] = /id="problem">([^<]*)<\/p>([\s\S]*)/.exec(text) ?? [];
    expect(card).toBe("The redirect_uri is not registered for this application.");
    expect(hint).toContain("Only the emulator tells you this");
    expect(hint).toContain("<code>http://localhost:8080/&lt;auth&gt;/callback</code>");
    for (const uri of [REDIRECT_URI, "https://a.example"]) expect(hint).toContain(`<code>${uri}</code>`);
    expect(hint).toContain("--redirect-uri URL");
  });

  it("is not there when something else is wrong", async () => {
    const registered = { redirect_uri: REDIRECT_URI };
    for (const changes of [
      { ...registered, state: undefined },
      { ...registered, scope: "NOPE" },
      { redirect_uri: undefined },
      { client_id: "nobody", redirect_uri: asked },
    ]) {
      expect((await show(changes)).text).not.toContain("Only the emulator");
    }
    emulator.updateApplication(CLIENT_ID, { is_active: false });
    expect((await show({ redirect_uri: asked })).text).not.toContain("Only the emulator");
  });
});

describe("a scope outside the allow-list", () => {
  it.each([
    ["IDENTITY READ_RUN", "READ_RUN"],
    ["NOPE", "NOPE (unknown)"],
  ])("%s: a card with a button that returns access_denied", async (scope, named) => {
    const { text } = await show({ scope });
    expect(text).toContain(`may not ask for these scopes: ${named}<`);
    expect(text).not.toContain("Authorize</button>");
    expect(await walk({ scope, state: "s" })).toBe(
      `${REDIRECT_URI}?error=access_denied&error_description=User+denied+access&state=s`,
    );
  });
});

describe("the page", () => {
  it("asks every time, in words and with names, and escapes what it prints", async () => {
    await walk({});
    const { status, text, headers } = await show();
    expect(status).toBe(200);
    expect(text).toContain("Authorize</button>");
    expect(text).toContain("list the building blocks of agents");
    expect(text).toContain("READ_BLOCK");
    expect(text).toContain("ada@example.com");
    expect(text).toContain("&lt;b&gt;Ada&#39;s&lt;/b&gt; app wants to access");
    expect(text).not.toContain("<b>Ada");
    expect(text).not.toContain("<script");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it("escapes parameters too", async () => {
    const evil = `"><script>alert(1)</script>`;
    for (const changes of [{ state: evil }, { scope: evil }, { client_id: evil }, { redirect_uri: evil }]) {
      expect((await show(changes)).text).not.toContain("<script");
    }
  });
});
