import { type ApiClientOptions, createApiClient } from "express-autogpt";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { clientOf, json, KEY, listen, type Recorded, TOKEN } from "./servers.js";

describe("the credential", () => {
  test("an API key goes to X-API-Key only", async () => {
    const { url, requests } = await listen(json({ items: [], next_cursor: null, total_count: 0 }));
    const { data } = await clientOf(url, { apiKey: KEY }).GET("/v2/blocks");
    expect(data).toEqual({ items: [], next_cursor: null, total_count: 0 });
    expect(requests[0]).toMatchObject({ method: "GET", url: "/external-api/v2/blocks" });
    expect(requests[0]?.headers["x-api-key"]).toBe(KEY);
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  test("an access token goes to Authorization only, whatever headers a call passes", async () => {
    const { url, requests } = await listen(json({}));
    await clientOf(url).GET("/v1/me", { headers: { "X-API-Key": "other", Authorization: "Basic eDp5" } });
    expect(requests[0]?.url).toBe("/external-api/v1/me");
    expect(requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(requests[0]?.headers["x-api-key"]).toBeUndefined();
  });

  test("a function is asked before every call", async () => {
    const { url, requests } = await listen(json({}));
    const tokens = ["first", "second"];
    const api = clientOf(url, { accessToken: async () => tokens.shift() ?? "" });
    await api.GET("/v2/me");
    await api.GET("/v2/me");
    expect(requests.map((r) => r.headers.authorization)).toEqual(["Bearer first", "Bearer second"]);
    await expect(api.GET("/v2/me")).rejects.toThrow(/accessToken\(\) is empty/);
    expect(requests).toHaveLength(2);
  });

  test("AUTOGPT_API_KEY stands in when neither is given", async () => {
    const { url, requests } = await listen(json({}));
    vi.stubEnv("AUTOGPT_API_KEY", KEY);
    await clientOf(url, {}).GET("/v2/me");
    await clientOf(url, { apiKey: undefined, accessToken: TOKEN }).GET("/v2/me");
    expect(requests[0]?.headers["x-api-key"]).toBe(KEY);
    expect(requests[1]?.headers["x-api-key"]).toBeUndefined();
  });

  test.each([
    ["both", { apiKey: KEY, accessToken: TOKEN }, /either apiKey or accessToken, not both/],
    ["neither", {}, /pass apiKey or accessToken, or set AUTOGPT_API_KEY/],
    ["an empty key", { apiKey: "" }, /apiKey is empty/],
    ["an empty token", { accessToken: "" }, /accessToken is empty/],
    ["a line break", { apiKey: `${KEY}\n` }, /apiKey has a space, control or non-ASCII character/],
    ["a NUL byte", { accessToken: `${TOKEN}\0` }, /accessToken has a space, control/],
    ["the scheme", { accessToken: `Bearer ${TOKEN}` }, /without quotes, line breaks or "Bearer "/],
    ["an umlaut", { apiKey: "schlüssel" }, /non-ASCII/],
    ["a number", { apiKey: 7 }, /apiKey must be a string, not number/],
    ["null", { accessToken: null }, /accessToken must be a string, not null/],
  ])("%s is a TypeError at once, without the credential in it", (_name, credential, message) => {
    vi.stubEnv("AUTOGPT_API_KEY", undefined);
    const make = () => clientOf("http://127.0.0.1:9", credential as ApiClientOptions); // JavaScript passes anything
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
    expect(make).not.toThrow(/for-tests/);
  });
});

describe("where a call goes", () => {
  test.each([
    "https://evil.example/v2/me",
    "//evil.example/v2/me",
    "\\\\evil.example/v2/me",
    "/v2//evil.example",
    "/v2/../../api/oauth/token",
    "/v2/%2e%2e/%2e%2e/api/oauth/token",
    "/v3/me",
    "/v2",
    "@evil.example/v2/me",
    "",
  ])("%j is refused before anything is sent", async (path) => {
    const { url, requests } = await listen(json({}));
    // @ts-expect-error: no such path, but JavaScript does not know
    const error = await clientOf(url).GET(path).catch(Object);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^GET .* is no operation of the External API; did you mean GET \/v\d\//);
    expect(requests).toEqual([]);
  });

  test("the nearest operation is suggested, also for a path that is megabytes long", async () => {
    const { url, requests } = await listen(json({}));
    // @ts-expect-error: no such path
    await expect(clientOf(url).GET("/v2/libary/agents")).rejects.toThrow("mean GET /v2/library/agents?");
    // @ts-expect-error: another method's path
    await expect(clientOf(url).POST("/v2/blocks")).rejects.toThrow(/^POST \/v2\/blocks is no operation/);
    const start = performance.now();
    const path = `/v2/${"x".repeat(2_000_000)}`;
    // @ts-expect-error: no such path
    const long = await clientOf(url).GET(path).catch(Object);
    expect(long.message.length).toBeLessThan(400);
    expect(performance.now() - start).toBeLessThan(1_000);
    for (const path of [undefined, null, 7, {}, Symbol("x"), "constructor", "__proto__"]) {
      // @ts-expect-error: no path at all
      await expect(clientOf(url).GET(path)).rejects.toThrow(TypeError);
    }
    expect(requests).toEqual([]);
  });

  test.each(["..", ".", "", " ", " .. ", undefined, null, true, {}])(
    "a path value %j does not reach another operation",
    async (agent_id) => {
      const { url, requests } = await listen(json({}));
      const path = { agent_id: agent_id as string }; // JavaScript passes anything
      const call = clientOf(url).DELETE("/v2/library/agents/{agent_id}", { params: { path } });
      await expect(call).rejects.toThrow(/^\/v2\/library\/agents\/\{agent_id\} needs params.path.agent_id: /);
      // @ts-expect-error: a path parameter must be given
      await expect(clientOf(url).DELETE("/v2/library/agents/{agent_id}")).rejects.toThrow(TypeError);
      expect(requests).toEqual([]);
    },
  );

  test("a path value with slashes stays one segment", async () => {
    const { url, requests } = await listen(json({}));
    for (const agent_id of ["../..//evil", "//evil.example", "https://evil.example/v2/me"]) {
      await clientOf(url).GET("/v2/library/agents/{agent_id}", { params: { path: { agent_id } } });
    }
    expect(requests.map((r) => r.url.replace("/external-api/v2/library/agents/", ""))).toEqual([
      "..%2F..%2F%2Fevil",
      "%2F%2Fevil.example",
      "https%3A%2F%2Fevil.example%2Fv2%2Fme",
    ]);
  });

  test("another baseUrl, a middleware's own request or a call's own fetch does not get the credential", async () => {
    const home = await listen(json({}));
    const evil = await listen(json({}));
    const api = clientOf(home.url, { apiKey: KEY });
    const baseUrl = `${evil.url}/external-api`;
    await api.GET("/v2/me", { baseUrl });
    await api.GET("/v2/me", { baseUrl, fetch: () => fetch(`${baseUrl}/v2/me`) });
    expect(home.requests).toHaveLength(2);
    for (const target of [
      `${baseUrl}/v2/me`,
      `${home.url}/api/oauth/token`,
      `${home.url}/external-api/v3/x`,
    ]) {
      const call = api.GET("/v2/files/{file_id}", {
        params: { path: { file_id: "f" } },
        pathSerializer: () => target,
      });
      await expect(call).rejects.toThrow(/^Not sent: /);
    }
    api.use({ onRequest: () => new Request(`${baseUrl}/v2/me`) });
    await expect(api.GET("/v2/me")).rejects.toThrow(/^Not sent: .* is not an operation below/);
    expect(evil.requests).toEqual([]);
    expect(home.requests).toHaveLength(2);
  });
});

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])("a GET follows a %i without the credential", async (status) => {
    const storage = await listen((_req, res) => res.end("file"));
    const home = await listen((_req, res) =>
      res.writeHead(status, { Location: `${storage.url}/signed?x=1` }).end(),
    );
    for (const credential of [{ apiKey: KEY }, { accessToken: TOKEN }]) {
      const { data } = await clientOf(home.url, credential).GET("/v2/files/{file_id}/download", {
        params: { path: { file_id: "f1" }, header: { "X-Team-Id": "team-1" } },
        parseAs: "text",
      });
      expect(data).toBe("file");
    }
    expect(home.requests).toHaveLength(2);
    expect(storage.requests.map((r) => r.url)).toEqual(["/signed?x=1", "/signed?x=1"]);
    expect(JSON.stringify(storage.requests)).not.toMatch(/for-tests|team-1/);
  });

  test.each([301, 302, 303, 307, 308])(
    "a write that a %i redirects is not done elsewhere",
    async (status) => {
      const other = await listen(json({}));
      const home = await listen((_req, res) => res.writeHead(status, { Location: other.url }).end());
      const api = clientOf(home.url);
      const writes = [
        () => api.POST("/v2/library/folders", { body: { name: "Reports" } }),
        () => api.DELETE("/v2/files/{file_id}", { params: { path: { file_id: "f" } } }),
        () =>
          api.POST("/v2/library/agents/{agent_id}/runs", {
            params: { path: { agent_id: "a" } },
            body: { inputs: {} },
          }),
      ];
      for (const call of writes) {
        await expect(call()).rejects.toMatchObject({ name: "PlatformError", status: 502 });
      }
      expect(home.requests).toHaveLength(writes.length); // not taken for a network fault and repeated
      expect(other.requests).toEqual([]);
    },
  );

  test.each(["http://[", "file:///etc/passwd", "data:application/json,{}"])(
    "a redirect to %j is a fault of the platform",
    async (Location) => {
      const home = await listen((_req, res) => res.writeHead(302, { Location }).end());
      const error = await clientOf(home.url).GET("/v2/me").catch(Object);
      expect(error).toMatchObject({ name: "PlatformError", status: 502 });
      expect(home.requests).toHaveLength(1);
    },
  );

  test("a call that asked for the redirect itself gets it", async () => {
    const home = await listen((_req, res) => res.writeHead(302, { Location: "/elsewhere" }).end());
    const { response } = await clientOf(home.url).GET("/v2/me", { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/elsewhere"]);
    expect(home.requests).toHaveLength(1);
  });
});

describe("the team", () => {
  const teams = (requests: Recorded[]) => requests.map(({ headers }) => headers["x-team-id"]);

  test("of the client goes with each call that names no other", async () => {
    const { url, requests } = await listen(json({}));
    const api = clientOf(url, { apiKey: KEY, teamId: "team-1" });
    await api.GET("/v2/me");
    await api.GET("/v2/me", { params: { header: { "X-Team-Id": "team-2" } } });
    await api.GET("/v2/me", { headers: { "x-team-id": "team-3" } });
    await clientOf(url).GET("/v2/me");
    expect(teams(requests)).toEqual(["team-1", "team-2", "team-3", undefined]);
  });

  test.each(["a\r\nX-API-Key: evil", "a\nb", "a\0", "\u2028", "käse"])("%j is no header", async (team) => {
    const { url, requests } = await listen(json({}));
    expect(() => clientOf(url, { apiKey: KEY, teamId: team })).toThrow(TypeError);
    const api = clientOf(url);
    const message = /^The header x-team-id must hold printable ASCII characters only\.$/i;
    await expect(api.GET("/v2/me", { params: { header: { "X-Team-Id": team } } })).rejects.toThrow(message);
    await expect(api.GET("/v2/me", { headers: { "x-team-id": team } })).rejects.toThrow(message);
    expect(requests).toEqual([]);
  });
});

test("bodies, methods and errors pass through", async () => {
  const problem = { error: { code: "forbidden", message: "Missing scope", details: null } };
  const { url, requests } = await listen((req, res) => {
    if (req.headers["content-type"]?.startsWith("multipart/form-data; boundary="))
      json({ id: "f1" }, 201)(req, res);
    else json(problem, 403)(req, res);
  });
  const api = clientOf(`${url}/_agpt/`); // an instance behind a path prefix
  const { error } = await api.POST("/v2/library/folders", { body: { name: "Reports" } });
  expect(error?.error.code).toBe("forbidden");
  const form = new FormData();
  form.append("file", new Blob(["text"]), "a.txt");
  const upload = await api.POST("/v2/files/upload", { body: { file: "" }, bodySerializer: () => form });
  expect(upload.data).toEqual({ id: "f1" });
  expect(requests.map((r) => r.url)).toEqual([
    "/_agpt/external-api/v2/library/folders",
    "/_agpt/external-api/v2/files/upload",
  ]);
});

test("every call goes to the cloud when no platform is given", async () => {
  vi.stubEnv("AUTOGPT_WEB_URL", undefined);
  vi.stubEnv("AUTOGPT_BACKEND_URL", undefined);
  const urls: string[] = [];
  vi.stubGlobal("fetch", async ({ url }: Request) => {
    urls.push(url);
    return Response.json({});
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  await createApiClient({ apiKey: KEY }).GET("/v2/me");
  expect(urls).toEqual(["https://backend.agpt.co/external-api/v2/me"]);
});
