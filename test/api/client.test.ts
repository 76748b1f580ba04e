import { createApiClient } from "express-autogpt";
import { describe, expect, test, vi } from "vitest";
import { json, listen } from "./servers.js";

const KEY = "agpt_key-for-tests";
const TOKEN = "agpt_xt_token-for-tests";

/** A client whose platform is this one server. */
function clientOf(url: string, credential: object = { accessToken: TOKEN }) {
  return createApiClient({ ...credential, platform: { webUrl: url, backendUrl: url } });
}

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
    const make = () => clientOf("http://127.0.0.1:9", credential);
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
    await expect(clientOf(url).GET(path)).rejects.toThrow(/^Not sent: .* is not an operation below/);
    expect(requests).toEqual([]);
  });

  test.each(["..", ".", ""])("a path value %j does not reach another operation", async (agent_id) => {
    const { url, requests } = await listen(json({}));
    const call = clientOf(url).DELETE("/v2/library/agents/{agent_id}", { params: { path: { agent_id } } });
    await expect(call).rejects.toThrow(/^Not sent: /);
    expect(requests).toEqual([]);
  });

  test("a path value with slashes stays one segment", async () => {
    const { url, requests } = await listen(json({}));
    const path = { agent_id: "../..//evil" };
    await clientOf(url).GET("/v2/library/agents/{agent_id}", { params: { path } });
    expect(requests[0]?.url).toBe("/external-api/v2/library/agents/..%2F..%2F%2Fevil");
  });

  test("another baseUrl, a middleware's own request or a call's own fetch does not get the credential", async () => {
    const home = await listen(json({}));
    const evil = await listen(json({}));
    const api = clientOf(home.url, { apiKey: KEY });
    await expect(api.GET("/v2/me", { baseUrl: `${evil.url}/external-api` })).rejects.toThrow(/^Not sent: /);
    await api.GET("/v2/me", {
      baseUrl: `${evil.url}/external-api`,
      fetch: (request: Request) => fetch(request),
    });
    expect(evil.requests).toHaveLength(1);
    expect(JSON.stringify(evil.requests)).not.toContain(KEY);
    api.use({ onRequest: () => new Request(`${evil.url}/external-api/v2/me`) });
    await expect(api.GET("/v2/me")).rejects.toThrow(/^Not sent: /);
    expect(evil.requests).toHaveLength(1);
    expect(home.requests).toEqual([]);
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

  test("a redirected write is an error and is not repeated elsewhere", async () => {
    const other = await listen(json({}));
    const home = await listen((_req, res) => res.writeHead(307, { Location: other.url }).end());
    const call = clientOf(home.url).POST("/v2/library/folders", { body: { name: "Reports" } });
    await expect(call).rejects.toThrow(TypeError);
    expect(home.requests).toHaveLength(1);
    expect(other.requests).toEqual([]);
  });

  test("a call that asked for the redirect itself gets it", async () => {
    const home = await listen((_req, res) => res.writeHead(302, { Location: "/elsewhere" }).end());
    const { response } = await clientOf(home.url).GET("/v2/me", { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/elsewhere"]);
    expect(home.requests).toHaveLength(1);
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
  let url = "";
  const api = createApiClient({ apiKey: KEY });
  await api.GET("/v2/me", {
    fetch: async (request) => {
      url = request.url;
      return Response.json({});
    },
  });
  expect(url).toBe("https://backend.agpt.co/external-api/v2/me");
});
