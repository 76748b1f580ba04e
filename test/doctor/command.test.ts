import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useDoctor } from "./doctor.js";

const suite = useDoctor();

const OPTIONS = `export default { scopes: ["IDENTITY", "READ_LIBRARY"] };`;
const IN_ORDER = [
  ...["node", "express", "express-session", "options", "redirect-uri", "v1-scopes"],
  ...["web-app", "backend", "credentials", "api-v2", "scopes", "clock", "grant-store"],
];

it("finds everything in order", async () => {
  const { code, output, errors, findings } = await suite.run({ options: OPTIONS });
  expect(findings.map(({ name, status }) => `${name} ${status}`)).toEqual(
    IN_ORDER.map((name) => `${name} ok`),
  );
  expect([code, errors, JSON.parse(output).ok]).toEqual([0, "", true]);
});

it("says it in lines", async () => {
  const { code, output } = await suite.run({ options: OPTIONS, text: true });
  const lines = output.split("\n");
  expect(lines.slice(0, IN_ORDER.length).map((line) => line.split(/ +/, 2))).toEqual(
    IN_ORDER.map((name) => ["ok", name]),
  );
  expect(lines.slice(IN_ORDER.length)).toEqual(["", "0 failed, 0 warnings, 13 ok, 0 skipped", ""]);
  expect(output).toContain(`ok    backend          ${suite.emulator.backendUrl} answers.\n`);
  expect(code).toBe(0);
});

it("changes nothing: it reads, and asks about a made-up access token", async () => {
  await suite.run({ options: OPTIONS });
  const asked = suite.emulator.requests().map(({ method, path }) => `${method} ${path}`);
  expect(asked.sort()).toEqual([
    "GET /api/oauth/token",
    "GET /auth/authorize",
    "GET /external-api/v1/openapi.json",
    "GET /external-api/v2/openapi.json",
    "POST /api/oauth/introspect",
  ]);
});

it("puts a failure and its fix on one line, and ends with 1", async () => {
  const { code, output } = await suite.run({
    ...{ options: OPTIONS, text: true },
    env: { AUTOGPT_CLIENT_SECRET: "agpt_secret_wrong" },
  });
  expect(output).toMatch(
    /^FAIL {2}credentials {6}The platform refuses this client secret\. Compare .*registered\.$/m,
  );
  expect(output).toContain("\n1 failed, 0 warnings, 12 ok, 0 skipped\n");
  expect(code).toBe(1);
});

it("warnings alone end with 0", async () => {
  const { code, output } = await suite.run({ options: OPTIONS, text: true, env: { NODE_ENV: "production" } });
  expect(output).toMatch(/^warn {2}grant-store .*memoryGrants\(\)/m);
  expect(code).toBe(0);
});

it("without an options file it checks what the environment says", async () => {
  const { code, find } = await suite.run({ env: { AUTOGPT_REDIRECT_URI: undefined } });
  for (const name of ["redirect-uri", "v1-scopes", "scopes", "grant-store"]) {
    expect(find(name), name).toMatchObject({
      status: "skipped",
      message: expect.stringMatching(/^Not named: /),
    });
  }
  for (const name of ["options", "backend", "credentials"]) expect(find(name).status, name).toBe("ok");
  expect(code).toBe(0);
});

it("takes scopes from the command line", async () => {
  const { find } = await suite.run({ args: ["--scopes", "IDENTITY, RUN_AGENT"] });
  expect(find("scopes").message).toMatch(/^The instance has IDENTITY, RUN_AGENT;/);
  const wrong = await suite.run({ args: ["--scopes", "IDENTITY,RUN_AGENTS"] });
  expect([wrong.code, wrong.find("options").message]).toEqual([
    1,
    "RUN_AGENTS is not a scope of the platform; did you mean RUN_AGENT?",
  ]);
});

it("reads an environment file; variables that are set win", async () => {
  const file = suite.write("some.env", "AUTOGPT_CLIENT_ID=agpt_client_nobody\nAUTOGPT_SECRET=short\n");
  const env = { AUTOGPT_CLIENT_ID: undefined };
  const { find } = await suite.run({ args: ["--env", file], env });
  expect(find("credentials").message).toBe("The platform does not know this client ID.");
  expect(find("options").status).toBe("ok");
});

it("what the options file logs does not stand in the report", async () => {
  const { output, errors, findings } = await suite.run({ options: `console.log("connected");\n${OPTIONS}` });
  expect(findings).toHaveLength(IN_ORDER.length);
  expect(output).not.toContain("connected");
  expect(errors).toBe("connected\n");
});

it("what the options file writes to standard output goes to standard error, without secrets", async () => {
  const { code, output, errors, findings } = await suite.run({
    options: `process.stdout.write("connected\\n");
      await new Promise((done) => process.stdout.write(Buffer.from("with " + process.env.AUTOGPT_SECRET), done));
      ${OPTIONS}`,
  });
  expect(findings).toHaveLength(IN_ORDER.length);
  expect([code, JSON.parse(output).ok, errors]).toEqual([0, true, "connected\nwith [hidden]"]);
});

it("an options file that ends the process is a failure", async () => {
  const { code, output, errors } = await suite.run({ options: "process.exit(0);" });
  expect([code, output]).toEqual([1, ""]);
  expect(errors).toBe("express-autogpt: The options file ended the process before there was a report.\n");
});

it.each([
  [["--confg", "x"], "Unknown option '--confg'"],
  [["extra"], "extra"],
  [["--config", "x.mjs", "--scopes", "IDENTITY"], "--config has them"],
  [["--env", "missing.env"], "Cannot read the environment file"],
])("%j is a misuse: 2", async (args, problem) => {
  const { code, output, errors } = await suite.run({ args, text: true });
  expect([code, output]).toEqual([2, ""]);
  expect(errors).toContain(problem);
  expect(errors).not.toMatch(/^\s+at /m);
});

it("has help", async () => {
  const { code, output } = await suite.run({ args: ["--help"], text: true });
  for (const flag of ["--config", "--scopes", "--env", "--json", "Exit code"]) expect(output).toContain(flag);
  expect(code).toBe(0);
});

it("says what is not installed, or too old", async () => {
  rmSync(join(suite.folder, "node_modules/express-session"));
  rmSync(join(suite.folder, "node_modules/express"));
  mkdirSync(join(suite.folder, "node_modules/express"));
  suite.write("node_modules/express/package.json", '{"name": "express", "version": "4.19.2"}');
  const { code, find } = await suite.run();
  expect(find("express")).toEqual({
    ...{ name: "express", status: "failed", fix: "Run: npm install express" },
    message: "express 4.19.2 does not fit: it must be ^4.20.0 || ^5.0.0.",
  });
  expect(find("express-session")).toMatchObject({
    ...{ status: "failed", fix: "Run: npm install express-session" },
    message: expect.stringContaining("express-session is not installed in "),
  });
  expect(code).toBe(1);
});
