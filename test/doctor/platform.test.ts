import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freeAddress, useDoctor } from "./doctor.js";

const suite = useDoctor();

const atBackend = (url: string) => suite.run({ env: { AUTOGPT_BACKEND_URL: url } });
const atWebApp = (url: string) => suite.run({ env: { AUTOGPT_WEB_URL: url } });

describe("the backend", () => {
  it("does not listen: what needs it is left out", async () => {
    const url = await freeAddress();
    const { code, find } = await atBackend(url);
    expect(find("backend")).toMatchObject({
      status: "failed",
      message: `Nothing listens at ${new URL(url).host}.`,
      fix: expect.stringContaining("correct platform.backendUrl (AUTOGPT_BACKEND_URL)"),
    });
    for (const name of ["credentials", "api-v2", "clock"]) expect(find(name).status, name).toBe("skipped");
    expect(find("clock").message).toBe("Needs the backend's answer.");
    expect(find("web-app").status).toBe("ok");
    expect(code).toBe(1);
  });

  it("has a name that is none", async () => {
    const { find } = await atBackend("https://no-such-host.invalid");
    expect(find("backend").message).toMatch(/^There is no host no-such-host\.invalid \(E/);
  });

  it("is the web app", async () => {
    const { find } = await atBackend(suite.emulator.webUrl);
    expect(find("backend")).toMatchObject({
      status: "failed",
      fix: expect.stringContaining("AUTOGPT_BACKEND_URL"),
    });
    const page = await suite.serve((_req, res) => void res.end("<!doctype html><title>AutoGPT</title>"));
    expect((await atBackend(page)).find("backend").message).toBe(
      `${page} answers with a web page where JSON is expected.`,
    );
  });

  it("lies below the web app, and the path is forgotten", async () => {
    const instance = await suite.serve((req, res) => {
      if (!req.url?.startsWith("/_agpt/")) return void res.end("<!doctype html><title>AutoGPT</title>");
      const target = suite.emulator.backendUrl + req.url.slice("/_agpt".length);
      request(target, (answer) => {
        res.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(res);
      }).end();
    });
    expect((await atBackend(instance)).find("backend")).toEqual({
      name: "backend",
      status: "failed",
      message: `${instance} is the web app of a single-container instance.`,
      fix: `Set platform.backendUrl (AUTOGPT_BACKEND_URL) to ${instance}/_agpt.`,
    });
    expect((await atBackend(`${instance}/_agpt`)).find("backend").status).toBe("ok");
  });

  it("redirects", async () => {
    const url = await suite.serve(
      (_req, res) => void res.writeHead(301, { location: "https://b.example/x" }).end(),
    );
    expect((await atBackend(url)).find("backend").message).toContain(
      `${url} redirects to https://b.example,`,
    );
  });

  it.each([
    [404, { detail: "Not Found" }, "failed", "has no token endpoint (404)"],
    [503, "<h1>Bad gateway</h1>", "failed", "answers 503"],
    [403, { message: "denied" }, "warning", "answers 403 where the platform says 405"],
  ])("answers %i with %j: %s", async (status, body, verdict, message) => {
    suite.emulator.addFault({ method: "GET", path: "/api/oauth/token", status, body });
    const { find } = await suite.run();
    expect(find("backend")).toMatchObject({ status: verdict, message: expect.stringContaining(message) });
    expect(find("credentials").status).toBe(verdict === "failed" ? "skipped" : "ok");
  });

  it("ends the connection", async () => {
    suite.emulator.addFault({ path: "/api/oauth/token", drop: "before", times: 9 });
    expect((await suite.run()).find("backend").message).toContain("ended the connection without an answer");
  });

  it("has a certificate that nobody vouches for, or no TLS at all", async () => {
    const [key, cert] = [join(suite.folder, "key.pem"), join(suite.folder, "cert.pem")];
    const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"];
    const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    execFileSync("openssl", [...made, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" });
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_req, res) => {
      res.writeHead(405, { "content-type": "application/json" }).end('{"detail":"Method Not Allowed"}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { find } = await atBackend(url);
    const vouched = await suite.run({ env: { AUTOGPT_BACKEND_URL: url, NODE_EXTRA_CA_CERTS: cert } });
    server.close();
    expect(find("backend")).toMatchObject({
      message: expect.stringMatching(/^The certificate of 127\.0\.0\.1:\d+ is not accepted \(\w+\)\.$/),
      fix: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
    expect(vouched.find("backend").status).toBe("ok");
    const plain = await atBackend(suite.emulator.backendUrl.replace("http:", "https:"));
    expect(plain.find("backend").message).toMatch(/does not speak TLS as expected/);
  });
});

describe("the web app", () => {
  it("does not listen", async () => {
    const url = await freeAddress();
    const { code, find } = await atWebApp(url);
    expect(find("web-app")).toMatchObject({
      status: "failed",
      message: `Nothing listens at ${new URL(url).host}.`,
    });
    expect(find("credentials").status).toBe("ok");
    expect(code).toBe(1);
  });

  it("is out of reach of a container, which need not be wrong", async () => {
    const env = { AUTOGPT_WEB_URL: await freeAddress(), AUTOGPT_BACKEND_URL: "http://backend.invalid:8006" };
    const { find } = await suite.run({ env });
    expect(find("web-app")).toMatchObject({
      status: "warning",
      message: expect.stringContaining("this may be right in a container"),
    });
  });

  it("is the backend", async () => {
    const { find } = await atWebApp(suite.emulator.backendUrl);
    expect(find("web-app")).toMatchObject({
      status: "failed",
      message: `${suite.emulator.backendUrl} answers with JSON where a web page is expected.`,
    });
  });

  it.each([
    [404, {}, "failed", "has no consent page (404)"],
    [502, {}, "failed", "answers 502"],
    [403, {}, "warning", "answers 403 to programs"],
    [
      308,
      { location: "https://www.example.com/auth/authorize" },
      "warning",
      "redirects to https://www.example.com",
    ],
  ])("answers %i %j: %s", async (status, headers, verdict, message) => {
    suite.emulator.addFault({ path: "/auth/authorize", status, headers, body: "<!doctype html>" });
    expect((await suite.run()).find("web-app")).toMatchObject({
      status: verdict,
      message: expect.stringContaining(message),
    });
  });
});

describe("client ID and client secret", () => {
  it.each([
    [{ AUTOGPT_CLIENT_ID: "agpt_client_nobody" }, "The platform does not know this client ID."],
    [{ AUTOGPT_CLIENT_SECRET: "agpt_secret_wrong" }, "The platform refuses this client secret."],
  ])("%j", async (env, message) => {
    const { code, find } = await suite.run({ env });
    expect(find("credentials")).toMatchObject({ status: "failed", message });
    expect(code).toBe(1);
  });

  it("the application is switched off", async () => {
    const { emulator } = suite;
    emulator.updateApplication(emulator.application.client_id, { is_active: false });
    expect((await suite.run()).find("credentials").message).toBe(
      "The application is switched off at the platform.",
    );
  });

  it.each([
    [401, { detail: "No." }, "The platform refuses this client ID and client secret."],
    [503, { detail: "busy" }, "Introspection answers 503."],
    [422, { detail: [{ input: "echo" }] }, "Introspection answers 422, which is not the platform's."],
    [200, { hello: "world" }, "Introspection answers 200, which is not the platform's."],
  ])("introspection answers %i %j", async (status, body, message) => {
    suite.emulator.addFault({ path: "/api/oauth/introspect", status, body });
    expect((await suite.run()).find("credentials")).toMatchObject({ status: "failed", message });
  });
});

describe("the clock", () => {
  it.each([
    [0, "ok", "less than 30 seconds"],
    [60, "warning", /This machine's clock is (59|60|61) seconds behind the platform's/],
    [-60, "warning", /This machine's clock is (59|60|61) seconds ahead of the platform's/],
    [600, "failed", /This machine's clock is (599|600|601) seconds behind the platform's/],
  ])("the platform is %i seconds ahead: %s", async (seconds, status, message) => {
    suite.emulator.advanceClock(seconds);
    const { code, find } = await suite.run();
    expect(find("clock")).toMatchObject({ status, message: expect.stringMatching(message) });
    expect(code).toBe(status === "failed" ? 1 : 0);
  });
});
