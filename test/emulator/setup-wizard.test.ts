import { describe, expect, it } from "vitest";
import { ADA, ask, CLIENT_ID, emulatorForTests, REDIRECT_URI } from "./setup.js";

const emulator = await emulatorForTests();
const PROVIDERS = Buffer.from('[{"provider":"github","scopes":["repo"]},{"provider":"x"},{}]').toString(
  "base64",
);

function wizard(changes: Record<string, string | undefined>, form?: [string, string][], signedIn = true) {
  const query = {
    client_id: CLIENT_ID,
    providers: PROVIDERS,
    redirect_uri: REDIRECT_URI,
    state: "a b",
    ...changes,
  };
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return ask(`${emulator.url}/auth/integrations/setup-wizard?${new URLSearchParams(given)}`, {
    ...(signedIn && { headers: { Cookie: `agpt_web_session=${emulator.createSession(ADA)}` } }),
    ...(form && { method: "POST", body: new URLSearchParams(form) }),
  });
}

const go = (changes: Record<string, string | undefined> = {}) =>
  wizard(changes, [
    ["decision", "continue"],
    ["provider", "github"],
    ["provider", "x"],
  ]);
const cancel = (changes: Record<string, string | undefined> = {}) =>
  wizard(changes, [["decision", "cancel"]]);

describe("the setup wizard", () => {
  it("makes the login detour and shows the named providers", async () => {
    const detour = await wizard({}, undefined, false);
    expect(detour.headers.get("location")).toMatch(/^\/login\?next=%2Fauth%2Fintegrations%2Fsetup-wizard%3F/);
    const { text } = await wizard({});
    expect(text.match(/type="checkbox"/g)).toHaveLength(2);
    expect(text).toContain("github");
  });

  it("continues and cancels in the documented orders", async () => {
    expect((await go()).headers.get("location")).toBe(`${REDIRECT_URI}?success=true&state=a+b`);
    expect((await cancel()).headers.get("location")).toBe(
      `${REDIRECT_URI}?error=user_cancelled&error_description=User+cancelled+the+integration+setup&state=a+b`,
    );
    expect((await go({ state: "" })).headers.get("location")).toBe(`${REDIRECT_URI}?success=true`);
  });

  it("continues only with a credential for every provider", async () => {
    const form: [string, string][] = [
      ["decision", "continue"],
      ["provider", "github"],
    ];
    expect((await wizard({}, form)).headers.get("location")).toBeNull();
  });

  it("merges the result into an existing query", async () => {
    const redirect_uri = "https://A.example/cb?success=no&y=1";
    const answer = await go({ client_id: undefined, redirect_uri, state: undefined });
    expect(answer.headers.get("location")).toBe("https://a.example/cb?success=true&y=1");
  });

  it.each(["providers", "redirect_uri"])("shows a card without %s", async (name) => {
    const answer = await wizard({ [name]: undefined });
    expect(answer.headers.get("location")).toBeNull();
    expect(answer.text).toContain(`Missing required parameters: ${name}`);
    expect(answer.text).not.toContain("<form");
  });

  it.each(["!", "e30=", "W10=", Buffer.from('[{"id":1}]').toString("base64"), "_-"])(
    "shows no providers, with Cancel: %s",
    async (providers) => {
      const { text } = await wizard({ providers });
      expect(text).toContain("No providers");
      expect(text).toContain("Cancel</button>");
      expect(text).not.toContain("Continue</button>");
    },
  );

  it("refuses other schemes and unregistered URIs when a button is pressed", async () => {
    for (const changes of [{ redirect_uri: "com.example:/cb" }, { redirect_uri: "https://evil.example/" }]) {
      expect((await wizard(changes)).text).toContain("Continue</button>");
      for (const answer of [await go(changes), await cancel(changes)]) {
        expect([answer.status, answer.headers.get("location")]).toEqual([200, null]);
      }
    }
  });
});
