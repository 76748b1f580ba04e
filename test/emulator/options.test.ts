import { exampleApplication, startEmulator } from "express-autogpt/emulator";
import { describe, expect, it } from "vitest";
import { ADA, ask, authorizationUrl } from "./setup.js";

const application = { ...exampleApplication };
const user = { id: ADA, email: "a@example.com", name: "A", timezone: "not-set" };

/** What people without types write. */
const start = (options: unknown) => startEmulator(options as never);

describe("the defaults", () => {
  it("are one application of the documented form, two users and a key of the first", async () => {
    expect(exampleApplication.client_id).toMatch(/^agpt_client_[\w-]{22}$/);
    expect(exampleApplication.client_secret).toMatch(/^agpt_secret_[\w-]{43}$/);
    expect(exampleApplication.name).toBe("Example app");
    expect(exampleApplication.redirect_uris).toEqual(["http://localhost:3000/auth/callback"]);
    expect(exampleApplication.scopes).toHaveLength(25);
    const emulator = await startEmulator();
    const { text } = await ask(emulator.url);
    const [key = ""] = /agpt_[\w-]{43}(?=<)/.exec(text) ?? [];
    const { json } = await ask(`${emulator.url}/external-api/v2/me`, { headers: { "X-API-Key": key } });
    expect(json).toMatchObject({ name: "Ada Lovelace", email: "ada@example.com", timezone: "Europe/London" });
    expect(json.scopes).toHaveLength(25);
    await emulator.stop();
  });

  it("fill in what an application and a user leave out; own users have no default key", async () => {
    const emulator = await start({ users: [{ id: "u", email: "u@example.com" }] });
    const { text } = await ask(emulator.url);
    expect(text).toContain("u@example.com");
    expect(text).not.toContain("agpt_ExampleApiKey");
    expect(emulator.application.is_active).toBe(true);
    await emulator.stop();
  });
});

describe("an application that says only what differs", () => {
  it("is the example application otherwise, and signs in", async () => {
    const redirect_uris = ["http://localhost:8080/auth/callback"];
    const emulator = await startEmulator({ applications: [{ redirect_uris }] });
    const { description: _, ...example } = exampleApplication;
    expect(emulator.application).toMatchObject({ ...example, redirect_uris });
    const url = authorizationUrl(emulator, { redirect_uri: redirect_uris[0] });
    expect(await emulator.consent(url)).toContain(`${redirect_uris[0]}?code=`);
    await emulator.stop();
  });

  it("needs a client ID from the second one on", async () => {
    const emulator = await startEmulator({ applications: [{}, { client_id: "agpt_client_second" }] });
    expect((await ask(emulator.url)).text).toContain("agpt_client_second");
    await emulator.stop();
    await expect(startEmulator({ applications: [{}, { name: "B" }] })).rejects.toThrow(
      "applications[1].client_id: must be given: only the first application may leave it out",
    );
  });
});

describe("wrong options", () => {
  it.each([
    [7, "options: must be an object"],
    [{ prot: 1 }, "options.prot: is not known; did you mean port?"],
    [{ callback: "x" }, "options.callback: is not known; there are applications, users,"],
    [{ host: "localhost" }, "options.host: must be an IPv4 address"],
    [{ port: 70_000 }, "options.port: must be a port"],
    [{ port: "3001" }, "options.port: must be a port"],
    [{ port: 3001, backendPort: 3001 }, "options.backendPort: must be another port"],
    [{ refreshWinners: "two" }, "options.refreshWinners"],
    [{ wholeSeconds: 1 }, "options.wholeSeconds"],
    [{ applications: {} }, "applications: must be an array"],
    [{ applications: [] }, "applications: must name at least one"],
    [{ users: [] }, "users: must name at least one"],
    [
      { applications: [{ ...application, client_id: "" }] },
      "applications[0].client_id: must be a non-empty string",
    ],
    [
      { applications: [{ ...application, client_secret: "x" }] },
      "applications[0].client_secret: must start with agpt_",
    ],
    [{ applications: [{ ...application, redirect_uris: [] }] }, "applications[0].redirect_uris"],
    [{ applications: [{ ...application, redirect_uris: ["/cb"] }] }, "applications[0].redirect_uris[0]"],
    [{ applications: [{ ...application, scopes: ["IDENTIY"] }] }, "did you mean IDENTITY?"],
    [{ applications: [{ ...application, is_active: "yes" }] }, "applications[0].is_active"],
    [{ applications: [{ ...application, secret: "x" }] }, "applications[0].secret: is not known"],
    [{ applications: [application, application] }, "applications[1].client_id: is used twice"],
    [{ users: [user, user] }, "users[1].id: is used twice"],
    [{ users: ["x"] }, "users[0]: must be an object"],
    [{ users: [{ ...user, email: 7 }] }, "users[0].email"],
    [{ api_keys: [{ key: "k", user_id: "nobody", scopes: [] }] }, "api_keys[0].user_id: no user has the id"],
    [{ api_keys: [{ key: "k", user_id: ADA }] }, "api_keys[0].scopes: must be an array"],
  ])("%j", async (options, problem) => {
    const error = await start(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(problem);
  });

  it("are listed all at once, without secrets", async () => {
    const wrong = { applications: [{ ...application, client_secret: "canary", name: 1 }], users: [{}] };
    const error = String(await start(wrong).catch((reason: unknown) => reason));
    expect(error.match(/^- /gm)?.length).toBeGreaterThanOrEqual(4);
    expect(error).not.toContain("canary");
  });

  it("a taken port is EADDRINUSE, and nothing is left behind", async () => {
    const first = await startEmulator({ backendPort: 0 });
    const taken = Number(new URL(first.backendUrl).port);
    await expect(startEmulator({ port: taken })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(startEmulator({ backendPort: taken })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await first.stop();
  });
});
