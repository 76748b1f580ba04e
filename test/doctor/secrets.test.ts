import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createRedact, secretsOfEnvironment } from "../../src/doctor/redact.js";
import { useDoctor } from "./doctor.js";

const suite = useDoctor();

const CANARY = `canary${randomBytes(12).toString("hex")}`;
const PASSWORD = `p@ss${CANARY}`;
const CLIENT_SECRET = `agpt_secret_${CANARY}`;

const VARIABLES = [
  ...["AUTOGPT_CLIENT_ID", "AUTOGPT_CLIENT_SECRET", "AUTOGPT_SECRET"],
  ...["AUTOGPT_REDIRECT_URI", "AUTOGPT_WEB_URL", "AUTOGPT_BACKEND_URL"],
];
const PASTED = [
  CLIENT_SECRET,
  CANARY,
  `https://user:${PASSWORD}@app.example.com/auth/callback`,
  `https://app.example.invalid/${CLIENT_SECRET}/callback`,
  `https://app.example.invalid/auth/callback?token=${CANARY}`,
];

/** Whatever the command printed must not hold the canary. */
async function search(env: Readonly<Record<string, string>>, options?: string, args: string[] = []) {
  const visit = await suite.run({ env, args, text: true, ...(options !== undefined && { options }) });
  expect(visit.output, inspect(visit)).toMatch(/^\d+ failed, /m);
  expect(visit.output + visit.errors).not.toContain(CANARY);
}

const GOOD = {
  AUTOGPT_CLIENT_SECRET: CLIENT_SECRET,
  AUTOGPT_SECRET: `of ours ${CANARY} and long enough to seal`,
};

describe("no secret is printed", () => {
  it.each(VARIABLES)("from %s, when something else was pasted into it", async (variable) => {
    await search({ ...GOOD, [variable]: CLIENT_SECRET });
    await search({ ...GOOD, [variable]: `https://user:${PASSWORD}@app.example.com/auth/callback` });
  });

  it("when all of them are mixed up, in --json too", async () => {
    for (const shift of PASTED.keys()) {
      const pasted = VARIABLES.map((name, at) => [name, PASTED[(at + shift) % PASTED.length] ?? ""]);
      const { code, output, errors } = await suite.run({ env: { ...GOOD, ...Object.fromEntries(pasted) } });
      expect([code, errors]).toEqual([1, ""]);
      expect(output).not.toContain(CANARY);
    }
  });

  it("from the command line and an environment file", async () => {
    await search(GOOD, undefined, ["--scopes", `IDENTITY,${CLIENT_SECRET}`]);
    const file = suite.write("canary.env", `DATABASE_URL=postgres://app:${PASSWORD}@db.invalid/app\n`);
    await search(GOOD, undefined, ["--env", file]);
  });

  it("from the options file: its values, its errors, its log", async () => {
    const clientSecret = `clientSecret: ${JSON.stringify(CLIENT_SECRET)}`;
    await search({}, `export default { scopes: [${JSON.stringify(CLIENT_SECRET)}], ${clientSecret} };`);
    await search({}, `export default { scopes: ["IDENTITY"], ${JSON.stringify(CLIENT_SECRET)}: 1 };`);
    await search(
      { REDIS_URL: `redis://:${CANARY}@r` },
      `throw new Error("cannot connect to " + process.env.REDIS_URL);`,
    );
    await search({}, `throw new Error("cannot connect to redis://:${PASSWORD}@127.0.0.1");`);
    await search(
      GOOD,
      `console.log(process.env.AUTOGPT_SECRET); console.error({ password: "${CANARY}" });
       setTimeout(() => { throw new Error("postgres://app:${PASSWORD}@db") }, 1);
       export default { scopes: ["IDENTITY"] };`,
    );
  });

  it.each([
    ["hex", randomBytes(32).toString("hex")],
    ["hex that is short", randomBytes(16).toString("hex")],
    ["base64 with slashes", "aB3/dE5fGhI7jKlMnO/pQrStUvWx1yZaBcD/eFgHi2="],
    ["base64 with plus signs and slashes", "aB3+dE5fGhI7jKlMnO/pQrStUvWx1yZaBcD+eFgHi2jK"],
  ])(
    "that stands nowhere but in a wrong option: %s",
    async (_kind, secret) => {
      const text = JSON.stringify(secret);
      for (const option of [
        `scopes: ["IDENTITY", ${text}]`,
        `scopes: ["IDENTITY " + ${text}]`,
        `scopes: ["IDENTITY"], trustedOrigins: [${text}]`,
        `scopes: ["IDENTITY"], trustedOrigins: ["https://www.example.com/" + ${text}]`,
        `scopes: ["IDENTITY"], ${text}: 1`,
        `scopes: ["IDENTITY"], basePath: "/" + ${text}`,
        `scopes: ["IDENTITY"], loginPath: "/" + ${text}, logoutPath: "/" + ${text}`,
      ]) {
        // The factory repeats none of it, so nothing needs to be hidden.
        const { code, output, find } = await suite.run({ options: `export default { ${option} };` });
        expect([code, find("options").status], option).toEqual([1, "failed"]);
        expect(output, option).not.toContain(secret.slice(0, 20));
        expect(output, option).not.toContain("[hidden]");
      }
      const { output } = await suite.run({ args: ["--scopes", `IDENTITY,${secret}`] });
      expect(output).not.toContain(secret.slice(0, 20));
    },
    60_000,
  );

  it("from an error of the store", async () => {
    const failing = (message: string) =>
      `import { memoryGrants } from "express-autogpt";
       const create = async () => { throw new Error(${JSON.stringify(message)}); };
       export default { scopes: ["IDENTITY"], grants: { ...memoryGrants(), create } };`;
    await search(GOOD, failing(`connect to redis://:${PASSWORD}@127.0.0.1:6379 failed`));
    await search(GOOD, failing(`connect to "host=db password=${CANARY} user=app" failed`));
    await search({ ...GOOD, PGPASSWORD: CANARY }, failing(`no way with ${CANARY}`));
  });

  it("from an answer that repeats what was sent", async () => {
    const echo = { detail: [{ input: { client_secret: CLIENT_SECRET } }] };
    for (const status of [401, 422, 500]) {
      suite.emulator.addFault({ path: "/api/oauth/introspect", status, body: echo });
      await search(GOOD);
    }
  });
});

describe("what is hidden", () => {
  const redact = createRedact(["of ours & known", "short"]);

  it.each([
    ["is of ours & known here", "is [hidden] here"],
    ["is of%20ours%20%26%20known here", "is [hidden] here"],
    ["agpt_secret_ABCDEFGHIJKL, agpt_rt_abcdefghijkl", "[hidden], [hidden]"],
    ["redis://user:p@ss/word@host:6379/0", "redis://[hidden]@host:6379/0"],
    ["host=db password=hunter2 user=app", "host=db password=[hidden] user=app"],
    ['{"client_secret": "hunter2"}', '{"client_secret": "[hidden]"}'],
    ["key 0123456789abcdefABCDEF0123456789 here", "key [hidden] here"],
    [`key ${"9f86d081884c7d65".repeat(2)}.`, "key [hidden]."],
    ["key aB3/dE5fGhI7jKlMnO/pQrStUvWx1yZaBcD/eFgHi2=.", "key [hidden]."],
    ["key aB3/dE5fGhI7jKlMnO/pQrStUvWx1yZaBcD/eFgHi2jKlMnO.", "key [hidden]."],
    ['key "aB3+dE5fGhI7jKlMnO/pQrStUvWx1yZaBcD/eFgHi2jKlMnO"', 'key "[hidden]"'],
    // And what is not:
    ["/home/Ann2/projects/app/autogpt.options", "/home/Ann2/projects/app/autogpt.options"],
    ["https://Example2.com/a/Long/path/to/the/callback", "https://Example2.com/a/Long/path/to/the/callback"],
    ["short", "short"],
    ["agpt_client_ExampleAppOfEmulator", "agpt_client_ExampleAppOfEmulator"],
    ["it should start with agpt_secret_.", "it should start with agpt_secret_."],
    ["http://localhost:3000/auth/callback", "http://localhost:3000/auth/callback"],
    ["secret is missing: pass it or set AUTOGPT_SECRET", "secret is missing: pass it or set AUTOGPT_SECRET"],
    [
      "backend-7d9f8b6c5d-x2x4z.production.svc.cluster.local",
      "backend-7d9f8b6c5d-x2x4z.production.svc.cluster.local",
    ],
  ])("%s", (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it("takes secrets from the environment by name, and passwords out of addresses", () => {
    const env = {
      MY_SECRET: "one",
      DB_PASSWORD: "two",
      DATABASE_URL: "postgres://u:th%2Free@h/d",
      HOME: "/root",
    };
    expect(secretsOfEnvironment(env).sort()).toEqual(["one", "th%2Free", "th/ree", "two"]);
  });
});
