// The recipes that need nothing but the emulator, each run as a reader runs it.
import { randomUUID } from "node:crypto";
import { exampleApplication, startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { runRecipe, startRecipe } from "./recipe.js";

vi.setConfig({ testTimeout: 60_000 }); // several processes begin, on a machine that may be busy

const KEY = "agpt_key_of_the_recipes_test_000000000000000000";
const ADA = { id: randomUUID(), email: "ada@example.com", name: "Ada", timezone: "not-set" };
const emulator = await startEmulator({
  users: [ADA],
  api_keys: [{ key: KEY, user_id: ADA.id, scopes: exampleApplication.scopes }],
});
beforeEach(() => emulator.reset());
afterAll(() => emulator.stop());

/** Where the consent page would be, and the scopes that it would show. */
function askedScopes(response: Response): string[] {
  const url = new URL(locationOf(response));
  expect(url.origin + url.pathname).toBe(`${emulator.webUrl}/auth/authorize`);
  return (url.searchParams.get("scope") ?? "").split(" ");
}

test("sign-in only: a visitor is sent to sign in, comes back, and can leave", async () => {
  const { url, program } = await startRecipe("sign-in-only.ts", emulator);
  const browser = new Browser();
  expect(await (await browser.open(url)).text()).toContain('href="/auth/login"');
  expect(locationOf(await browser.open(`${url}/me`))).toBe("/auth/login?returnTo=%2Fme");
  expect(locationOf(await browser.signIn(emulator, url, { returnTo: "/me" }))).toBe("/me");
  expect(await browser.json(`${url}/me`)).toMatchObject({ id: ADA.id, name: "Ada" });
  expect((await browser.post(`${url}/auth/logout`)).status).toBe(303);
  expect((await browser.fetch(`${url}/me`)).status).toBe(401);
  expect(await program.stop()).toBe(0);
});

test("step-up: each route asks for what it needs, and no earlier", async () => {
  const { url, program } = await startRecipe("step-up.ts", emulator);
  const browser = new Browser();
  /** Follows our own redirects to the consent page, answers it, and gives the page that the person comes back to. */
  const grant = async (path: string, expected: string[]) => {
    const login = await browser.open(url + locationOf(await browser.open(url + path)));
    expect(askedScopes(login)).toEqual(expected);
    expect(locationOf(await browser.open(await emulator.consent(locationOf(login))))).toBe(path);
    return browser.open(url + path);
  };
  expect(await (await grant("/", ["IDENTITY"])).json()).toMatchObject({ user: "Ada" });
  const agents = await (await grant("/agents", ["IDENTITY", "READ_LIBRARY"])).text();
  const [, run = ""] = /"name":"Summarize a text","run":"([^"]+)"/.exec(agents) ?? [];
  const form = await grant(run, ["IDENTITY", "READ_LIBRARY", "RUN_AGENT", "READ_RUN"]);
  expect(await form.text()).toContain('<form method="post">');

  const sent = await browser.fetch(url + run, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate" },
    body: new URLSearchParams({ text: "Tea" }),
  });
  expect([sent.status, locationOf(sent)]).toEqual([303, expect.stringMatching(/^\/runs\//)]);
  emulator.advanceClock(10);
  expect(await browser.json(url + locationOf(sent))).toMatchObject({
    status: "COMPLETED",
    outputs: { summary: ["In 3 sentences: Tea"] },
  });
  expect(await program.stop()).toBe(0);
});

test("from v1 to v2: the same run comes out of both", async () => {
  const plain = await startEmulator(); // as the command starts it: emulator.env names one of its graphs
  onTestFinished(() => plain.stop());
  const program = runRecipe("from-v1-to-v2.ts", plain);
  const exitCode = program.exitCode();
  const wasPosted = (part: string) =>
    plain.requests().some(({ method, path }) => method === "POST" && path.includes(part));
  for (const start of ["/execute/", "/runs"]) {
    await vi.waitUntil(() => wasPosted(start), { timeout: 20_000 });
    plain.advanceClock(10); // the run is done
  }
  expect(await exitCode).toBe(0);
  const [v1, v2] = ["v1", "v2"].map(
    (name) => new RegExp(`^${name} (.*)$`, "m").exec(program.output)?.[1] ?? "",
  );
  expect(JSON.parse(v1 ?? "")).toContainEqual({ report: "A short report about tea." });
  expect(JSON.parse(v2 ?? "")).toMatchObject({ report: ["A short report about tea."] });
  expect(program.output).not.toContain("agpt_");
});

test("from v1 to v2: without a graph it says what to set", async () => {
  const program = runRecipe("from-v1-to-v2.ts", emulator, { GRAPH_ID: "" });
  expect(await program.exitCode()).toBe(1);
  expect(program.output).toContain("Set GRAPH_ID");
});

test("testing your app: its tests pass with node:test", async () => {
  const tests = runRecipe("testing/app.test.ts", emulator);
  expect(await tests.exitCode()).toBe(0);
  expect(tests.output).toMatch(/^# pass 4$/m);
});

test.each(["sign-in-only.ts", "step-up.ts", "list-blocks-for-a-user.ts", "single-page/server.ts"])(
  "%s does not make up a session secret",
  async (file) => {
    const program = runRecipe(file, emulator, { SESSION_SECRET: "" });
    expect(await program.exitCode()).toBe(1);
    expect(program.output).toContain("Set SESSION_SECRET");
  },
);
