import express from "express";
import express4 from "express4";
import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { ask, askRaw, cookiesOf, sessionIds, useSuite } from "./support.js";

const suite = useSuite();

const LONG = "x".repeat(65_536);

/** Express 4 reads `a[b]=c` into objects by default, Express 5 when it is told to. */
const versions: [string, TestAppSettings][] = [
  ["Express 5", {}],
  ["Express 5, extended query parser", { create: () => express().set("query parser", "extended") }],
  ["Express 4", { create: express4 }],
];

const routes = [
  ["/auth/login", "GET", "returnTo=%2Fx"],
  ["/auth/callback", "GET", "code=c&state=s"],
  ["/auth/logout", "POST", "returnTo=%2Fx"],
] as const;

/** Queries that no browser of ours sends; refused on each route before anything is done. */
const queries: [string, string][] = [
  ["a repeated parameter", "a=1&a=2"],
  ["returnTo twice", "returnTo=%2Fx&returnTo=%2F%2Fevil.example"],
  ["state twice", "state=a&state=b&code=c"],
  ["code twice", "code=a&code=b&state=c"],
  ["twice, once encoded", "state=a&st%61te=b&code=c"],
  ["an array", "returnTo[]=%2Fx"],
  ["an array with an index", "state[0]=a&code[0]=b"],
  ["an encoded bracket", "state%5B%5D=a"],
  ["an object", "returnTo[a]=b"],
  ["a nested object", "returnTo[a][b][c]=d"],
  ["an object through __proto__", "__proto__[x]=1"],
  ["an encoded __proto__", "%5f%5fproto%5f%5f[x]=1"],
  ["__proto__", "__proto__=1"],
  ["constructor", "constructor=1"],
  ["constructor.prototype", "constructor[prototype][x]=1"],
  ["toString", "toString=1"],
  ["hasOwnProperty", "hasOwnProperty=1"],
  ["a parameter's own prototype", "returnTo[__proto__][x]=1"],
  ["a NUL byte", "returnTo=%2Fx%00"],
  ["a NUL byte in a name", "a%00b=1"],
  ["a line end", "returnTo=%2Fx%0d%0aSet-Cookie:%20a=b"],
  ["an escape", "returnTo=%1b[31m"],
  ["DEL", "state=%7f&code=c"],
  ["a lone percent sign", "returnTo=%"],
  ["half a percent sign", "returnTo=%2"],
  ["no hexadecimal digits", "returnTo=%zz"],
  ["a broken name", "%zz=1"],
  ["invalid UTF-8", "returnTo=%ff%fe"],
  ["an overlong slash", "returnTo=%c0%af%c0%afevil.example"],
  ["a lone surrogate", "returnTo=%ed%a0%80"],
  ["truncated UTF-8", "returnTo=%e2%82"],
];

describe.each(versions)("on %s", (_name, settings) => {
  it.each(routes)("%s refuses what is malformed and changes nothing", async (path, method, usual) => {
    const app = await suite.start(settings);
    const roomy = await suite.serve(app.listener, { maxHeaderSize: 1 << 20 });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    await browser.open(`${app.url}/auth/login`); // an attempt is under way
    const [cookies, sessions] = [await cookiesOf(browser, app.url), await sessionIds(app)];
    suite.emulator.clearRequests();

    const long: [string, string][] = ["returnTo", "state", "code", "error", LONG.slice(0, 100), "scope"].map(
      (name) => [`64 kB of ${name.slice(0, 10)}`, `${name}=${LONG}`],
    );
    const many: [string, string] = [
      "9000 parameters",
      Array.from({ length: 9000 }, (_, i) => `p${i}=1`).join("&"),
    ];
    const wrong: unknown[] = [];
    for (const [what, query] of [...queries, ...long, many]) {
      for (const whole of [query, `${usual}&${query}`]) {
        const answer = await send(roomy, `${path}?${whole}`, method);
        const cookie = answer.headers["set-cookie"];
        if (answer.status !== 400 || cookie || answer.headers.location)
          wrong.push([what, whole.slice(0, 80), answer.status]);
        if (answer.headers["cache-control"] !== "no-store") wrong.push([what, "cache-control"]);
      }
    }
    expect(wrong).toEqual([]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(suite.emulator.requests()).toEqual([]);
    expect(await sessionIds(app)).toEqual(sessions);
    expect(await cookiesOf(browser, app.url)).toEqual(cookies);
    expect(await suite.isSignedIn(app, browser)).toBe(true);

    async function send(url: string, target: string, verb: string) {
      const cookie = await browser.jar.getCookieString(app.url);
      return ask(url, target, { method: verb, headers: { cookie, "sec-fetch-site": "same-origin" } });
    }
  });

  it("answers 431 to 64 kB where Node's limit is the usual one, and lives", async () => {
    const app = await suite.start(settings);
    for (const [path, method] of routes) {
      const answer = await askRaw(
        app.url,
        `${method} ${path}?returnTo=/${LONG} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    }
    expect((await new Browser().signIn(suite.emulator, app.url)).status).toBe(302);
  });

  it("takes raw bytes, odd methods and bodies for what they are: no answer is a 500", async () => {
    const app = await suite.start(settings);
    const wrong: unknown[] = [];
    for (const [path, own] of routes) {
      for (const method of [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "PROPFIND",
        "SEARCH",
        "PURGE",
      ]) {
        const body = "returnTo=%2Fx&code=c&state=s";
        const type = {
          "content-type": "application/x-www-form-urlencoded",
          "content-length": String(body.length),
        };
        const answer = await ask(app.url, path, { method, body, headers: { ...type, origin: app.url } });
        const usual = own === "GET" ? 302 : 303;
        const expected = path === "/auth/callback" ? 400 : method === own ? usual : 405;
        if (answer.status !== expected) wrong.push([method, path, answer.status]);
      }
      for (const bytes of [
        "\xff\xfe",
        "\xc3\xbc",
        "%C3%BC",
        "<>\"'`{}|^",
        "?&=?&=",
        "&&&===",
        "=",
        "#",
        "\xa0",
      ]) {
        const text = await askRaw(
          app.url,
          `${own} ${path}?x${bytes} HTTP/1.1\r\nHost: localhost\r\nOrigin: ${app.url}\r\nConnection: close\r\n\r\n`,
        );
        if (!/^HTTP\/1\.1 (302|303|400) /.test(text)) wrong.push([path, bytes, text.slice(0, 40)]);
      }
    }
    expect(wrong).toEqual([]);
    expect(suite.tokenCalls()).toBe(0);
    expect(await sessionIds(app)).toEqual([]);
  });
});

describe("addresses close to a route's", () => {
  it("are not the route: other cases, slashes, encodings and whole addresses", async () => {
    const app = await suite.start();
    const near = [
      "/AUTH/LOGIN",
      "/auth/login/",
      "//auth/login",
      "/auth//login",
      "/auth/%6cogin",
      "/auth%2flogin",
      "/auth/login;x",
      "/auth/./login",
      "/x/../auth/login",
      "/auth/login%00",
    ];
    for (const path of near) {
      const answer = await ask(app.url, path);
      expect([path, answer.status < 500, answer.headers["set-cookie"], answer.headers.location]).toEqual([
        path,
        true,
        undefined,
        undefined,
      ]);
    }
    for (const target of ["http://evil.example/auth/login", "http://evil.example", "https://localhost/x"]) {
      const text = await askRaw(
        app.url,
        `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect([target, text.slice(0, 12), /^(location|set-cookie):/im.test(text)]).toEqual([
        target,
        "HTTP/1.1 404",
        false,
      ]);
    }
  });

  it("answers OPTIONS * without an error of its own, before and after the first session", async () => {
    const app = await suite.start();
    const star = "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const first = await askRaw(app.url, star);
    await new Browser().open(`${app.url}/whoami`);
    const second = await askRaw(app.url, star);
    expect([first, second].map((text) => Number(text.slice(9, 12)) < 500)).toEqual([true, true]);
    expect(app.errors).toEqual([]);
  });
});
