import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ask } from "./setup.js";

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

function start(args: readonly string[], nodeArgs: readonly string[] = []) {
  const child = spawn(process.execPath, [...nodeArgs, "dist/cli.js", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const ended = once(child, "close").then(([code]) => ({ code, output, errors }));
  const line = async (pattern: RegExp) => {
    await expect.poll(() => output, { timeout: 10_000 }).toMatch(pattern);
    return pattern.exec(output)?.[1] ?? "";
  };
  return { child, ended, line };
}

const file = (content: string) => {
  const path = join(mkdtempSync(join(tmpdir(), "emulator-")), "config.json");
  writeFileSync(path, content);
  return path;
};

describe("express-autogpt emulator", () => {
  it("says where it is and what to use, and ends in order", async () => {
    const { child, ended, line } = start(["emulator", "--port", "0"]);
    const url = await line(/^AutoGPT emulator: (http:\/\/127\.0\.0\.1:\d+)$/m);
    expect(await line(/Client ID: (.*)/)).toMatch(/^agpt_client_/);
    expect(await line(/Client secret: (.*)/)).toMatch(/^agpt_secret_/);
    expect(await line(/Redirect URIs: (.*)/)).toBe("http://localhost:3000/auth/callback");
    expect((await ask(url)).status).toBe(200);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  it("takes a config file and two ports", async () => {
    const application = {
      client_id: "agpt_client_fromFile",
      client_secret: "agpt_secret_fromFile",
      name: "From a file",
      redirect_uris: ["http://localhost:9/cb"],
      scopes: ["IDENTITY"],
    };
    const config = file(JSON.stringify({ applications: [application] }));
    const { line } = start(["emulator", "--port", "0", "--backend-port", "0", "--config", config]);
    expect(await line(/Client ID: (.*)/)).toBe("agpt_client_fromFile");
    const backend = await line(/Backend: (.*)/);
    expect((await ask(`${backend}/api/oauth/token`)).status).toBe(405);
  });

  it("listens on another address, and says one that can be opened", async () => {
    const { line } = start(["emulator", "--port", "0", "--host", "0.0.0.0"]);
    const url = await line(/^AutoGPT emulator: (http:\/\/127\.0\.0\.1:\d+)$/m);
    const { port } = new URL(url);
    expect((await ask(`http://127.1.2.3:${port}`)).status).toBe(200);
  });

  it("registers redirect URIs, also those of a config file that says nothing else", async () => {
    const config = file('{"applications":[{"redirect_uris":["http://localhost:9/cb"]}]}');
    const more = ["http://localhost:8080/auth/callback", "http://localhost:8081/auth/callback"];
    const flags = more.flatMap((uri) => ["--redirect-uri", uri]);
    const { line } = start(["emulator", "--port", "0", "--config", config, ...flags]);
    expect(await line(/Redirect URIs: (.*)/)).toBe(["http://localhost:9/cb", ...more].join(", "));
    expect(await line(/Client ID: (.*)/)).toBe("agpt_client_ExampleAppOfEmulator00");
  });

  it.each([
    [["emulator", "--config", "/nowhere.json"], 1, "Cannot read the config file"],
    [["emulator", "--config", file("{")], 1, "is not JSON"],
    [["emulator", "--config", file("[]")], 1, "config: must be an object"],
    [["emulator", "--config", file('{"applications":[{"name":7}]}')], 1, "applications[0].name"],
    [
      ["emulator", "--config", file('{"applications":[{},{}]}')],
      1,
      "applications[1].client_id: must be given",
    ],
    [["emulator", "--redirect-uri", "localhost/cb"], 2, "--redirect-uri must be an absolute URL"],
    [["emulator", "--config", file('{"port":3001}')], 1, "config.port: is not known"],
    [["emulator", "--prot", "1"], 2, "Unknown option '--prot'"],
    [["emulator", "--host", "emulator"], 2, "--host must be an IPv4 address"],
    [["emulator", "--port", "many"], 2, "--port must be a port"],
    [["emulator", "extra"], 2, "extra"],
    [["emulate"], 2, "Unknown command: emulate"],
    [[], 2, "Say which command"],
  ])("%j: exit code %i", async (args, code, problem) => {
    const result = await start(args).ended;
    expect(result.code).toBe(code);
    expect(result.errors).toContain(problem);
    expect(result.errors).not.toMatch(/^\s+at /m);
    expect(result.output).toBe("");
  });

  it("says when the port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? String(address.port) : "";
    const result = await start(["emulator", "--port", port]).ended;
    server.close();
    expect(result.code).toBe(1);
    expect(result.errors).toContain("The port is in use");
  });

  it("has help and a version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(await start(["--version"]).ended).toEqual({ code: 0, output: `${version}\n`, errors: "" });
    expect((await start(["--help"]).ended).output).toContain("emulator");
    expect((await start(["emulator", "--help"]).ended).output).toContain("--backend-port");
  });

  it("runs on Express 4 as well", async () => {
    const asModule = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
    const hook = `export const resolve = (name, context, next) => next(name === "express" ? "express4" : name, context);`;
    const loader = asModule(
      `import { register } from "node:module"; register(${JSON.stringify(asModule(hook))});`,
    );
    const { line } = start(["emulator", "--port", "0"], ["--import", loader]);
    const url = await line(/emulator: (http.*)/);
    expect((await ask(`${url}/api/oauth/token`, { method: "POST" })).json.hint).toContain("API schema");
    expect((await ask(`${url}/api/oauth/token/`)).status).toBe(307);
    expect((await ask(`${url}/external-api/v2/nope`)).json.error.code).toBe("not_found");
    expect((await ask(`${url}/auth/authorize?a=1`)).headers.get("location")).toBe(
      "/login?next=%2Fauth%2Fauthorize%3Fa%3D1",
    );
    const patch = { method: "PATCH", body: '{"is_active":1}' };
    expect(
      (await ask(`${url}/_emulator/applications/agpt_client_ExampleAppOfEmulator00`, patch)).status,
    ).toBe(400);
  });
});
