import { expect, it } from "vitest";
import { useDoctor } from "./doctor.js";

const suite = useDoctor();
const problems = async (env: Readonly<Record<string, string | undefined>>) => {
  const { code, findings } = await suite.run({ env });
  const found = findings.filter(({ name }) => name === "options");
  return { code, messages: found.map(({ message, fix = "" }) => `${message} ${fix}`.trim()) };
};

it("names each mistake on its own line, with the factory's words", async () => {
  const { code, messages } = await problems({
    AUTOGPT_CLIENT_ID: undefined,
    AUTOGPT_SECRET: "short",
    AUTOGPT_REDIRECT_URI: "http://app.example.com/auth/callback?x=1",
  });
  expect(messages).toEqual([
    expect.stringMatching(/^clientId is missing: pass it or set AUTOGPT_CLIENT_ID/),
    expect.stringMatching(
      /^secret is too short: it needs at least 32 characters; make one with `openssl rand/,
    ),
    expect.stringMatching(/^redirectUri must not have a query or a fragment/),
    "redirectUri must use https: plain http is for localhost only, not for app.example.com.",
  ]);
  expect(code).toBe(1);
});

it("checks on with what is right", async () => {
  const { find } = await suite.run({ env: { AUTOGPT_SECRET: undefined, AUTOGPT_WEB_URL: "platform" } });
  expect(find("options").status).toBe("failed");
  expect(find("web-app")).toMatchObject({ status: "skipped", message: "Needs an address; see options." });
  expect(find("credentials").status).toBe("ok");
});

it("no request goes out for a client ID or client secret that is not there", async () => {
  for (const env of [
    { AUTOGPT_CLIENT_ID: "" },
    { AUTOGPT_CLIENT_ID: "agpt_secret_x" },
    { AUTOGPT_CLIENT_SECRET: "" },
  ]) {
    expect((await suite.run({ env })).find("credentials").status).toBe("skipped");
  }
  expect(suite.emulator.requests().filter(({ method }) => method === "POST")).toEqual([]);
});

it.each([
  ["AUTOGPT_CLIENT_ID", '"agpt_client_ExampleAppOfEmulator00"', "clientId"],
  ["AUTOGPT_CLIENT_SECRET", "agpt_secret_x\r", "clientSecret"],
])("%s keeps a quote or a blank of its file", async (variable, value, option) => {
  const { code, messages } = await problems({ [variable]: value });
  expect(messages).toEqual([
    `${option} has a quote or a blank at its beginning or end. Write ${variable} without them: the newline at the end of a file counts, and not everything that reads a .env file takes quotes off.`,
  ]);
  expect(code).toBe(1);
});

it.each([
  [{ NODE_ENV: "production" }, "warning", "leads people to their own machine"],
  [{ AUTOGPT_REDIRECT_URI: "https://app.example.com/auth/callback" }, "ok", "this must be registered"],
  [{ AUTOGPT_REDIRECT_URI: "nonsense" }, "skipped", "see options"],
])("the redirect URI, %j: %s", async (env, status, message) => {
  const { find } = await suite.run({ env });
  expect(find("redirect-uri")).toMatchObject({ status, message: expect.stringContaining(message) });
});

it("the redirect URI is not where the platform's web app is", async () => {
  const { find } = await suite.run({
    env: { AUTOGPT_REDIRECT_URI: `${suite.emulator.webUrl}/auth/callback` },
  });
  expect(find("redirect-uri")).toMatchObject({
    status: "warning",
    message: expect.stringContaining("same origin as the platform's web app"),
  });
});

it("options of a file win over the environment, as in the app", async () => {
  const { find } = await suite.run({
    options: `export default { scopes: ["READ_BLOCK"], clientId: "agpt_client_nobody", redirectUri: "https://a.example/cb" };`,
  });
  expect(find("redirect-uri").message).toContain("https://a.example/cb");
  expect(find("scopes").message).toContain("READ_BLOCK");
  expect(find("credentials").message).toBe("The platform does not know this client ID.");
});

it.each([
  [
    "export default 1;",
    "has no options as its default export",
    "export default { redirectUri, scopes, ... }",
  ],
  ["export default {", "cannot be loaded: ", "Mend the file"],
  [`throw new Error("no database");`, "cannot be loaded: no database.", "Mend the file"],
  [`throw new Error("is it away?");`, "cannot be loaded: is it away?", "Mend the file"],
])("an options file %j", async (options, message, fix) => {
  const { code, find, findings } = await suite.run({ options });
  expect(find("options")).toMatchObject({
    ...{ status: "failed", message: expect.stringContaining(message), fix: expect.stringContaining(fix) },
  });
  expect(find("options").message).not.toMatch(/[.?!]\.$/);
  expect(findings).toHaveLength(4); // the versions and this
  expect(code).toBe(1);
});

it.each([
  [
    "that throws when it is read",
    `export default { get scopes() { throw new Error("not today"); } };`,
    "not today",
  ],
  ["that ends the process", "process.exit();", ""],
])("an options file %s is no good news", async (_what, options, output) => {
  const visit = await suite.run({ options });
  expect(visit.output).toContain(output);
  expect(visit.code).toBe(1);
});

it("an options file that is not there", async () => {
  const { code, find } = await suite.run({ args: ["--config", "nowhere.mjs"] });
  expect(find("options").message).toMatch(/^nowhere\.mjs cannot be loaded: Cannot find module/);
  expect(code).toBe(1);
});

it("an options file in TypeScript is loaded where Node can, else the fix says how", async () => {
  const file = suite.write(
    "autogpt.options.ts",
    `const scopes: string[] = ["IDENTITY"];\nexport default { scopes };`,
  );
  const { find } = await suite.run({ args: ["--config", file] });
  const stripsTypes = "typescript" in process.features && process.features.typescript !== false;
  if (stripsTypes) expect(find("scopes").status).toBe("ok");
  else expect(find("options").fix).toContain("--import tsx");
});

it("a wrong option and a wrong store are named", async () => {
  const { find, findings } = await suite.run({
    options: `export default { scopes: ["IDENTITY"], redirectUrl: "x", grants: {} };`,
  });
  const messages = findings.filter(({ name }) => name === "options").map(({ message }) => message);
  expect(messages).toEqual([
    "there is no option redirectUrl; did you mean redirectUri?",
    "grants must be a grant store, such as memoryGrants().",
  ]);
  expect(find("grant-store").status).toBe("skipped");
});
