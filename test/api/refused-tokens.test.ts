import type { ApiClient } from "express-autogpt";
import { describe, expect, test } from "vitest";
import { clientOf, inTurn, json, KEY, listen, problem, type Recorded, TOKEN } from "./servers.js";

const tokens = (requests: Recorded[]) => requests.map(({ headers }) => headers.authorization);

/** An app that keeps an access token and gets a new one when it hears that it was refused. */
function holder() {
  const asked: (string | undefined)[] = [];
  let number = 1;
  const accessToken = async (refused?: string) => {
    asked.push(refused);
    if (refused === `t${number}`) number += 1;
    return `t${number}`;
  };
  return { asked, accessToken };
}

describe("a 401", () => {
  const calls: Record<string, (api: ApiClient) => Promise<{ response: Response }>> = {
    "a read": (api) => api.GET("/v2/me"),
    "a write with a JSON body": (api) => api.POST("/v2/library/folders", { body: { name: "Reports" } }),
    "a form": (api) => {
      const form = new FormData();
      form.set("file", new Blob(["text"]), "a.txt");
      return api.POST("/v2/files/upload", { body: { file: "" }, bodySerializer: () => form });
    },
  };

  test.each(Object.entries(calls))("%s is repeated once with the new access token", async (_name, call) => {
    const { url, requests } = await listen(inTurn(problem(401), json({})));
    const { asked, accessToken } = holder();
    const { response } = await call(clientOf(url, { accessToken }));
    expect(response.status).toBe(200);
    expect(tokens(requests)).toEqual(["Bearer t1", "Bearer t2"]);
    expect(asked).toEqual([undefined, "t1"]);
    const [first, second] = requests.map(({ body }) => body);
    expect(second).toBe(first);
  });

  test("a second one is handed back", async () => {
    const { url, requests } = await listen(problem(401));
    const { accessToken } = holder();
    const { response } = await clientOf(url, { accessToken }).GET("/v2/me");
    expect(response.status).toBe(401);
    expect(tokens(requests)).toEqual(["Bearer t1", "Bearer t2"]);
  });

  test("a fixed token, a key and a function with nothing new are not sent twice", async () => {
    const { url, requests } = await listen(problem(401));
    for (const credential of [{ accessToken: TOKEN }, { apiKey: KEY }, { accessToken: () => TOKEN }]) {
      const { error } = await clientOf(url, credential).GET("/v2/me");
      expect(error?.error.message).toBe("The answer is 401.");
    }
    expect(requests).toHaveLength(3);
  });

  test("a stream is never sent twice: the 401 is handed back, and no other token asked for", async () => {
    const { url, requests } = await listen(problem(401));
    const { asked, accessToken } = holder();
    const body = ReadableStream.from([Buffer.from("{}")]);
    const { response } = await clientOf(url, { accessToken }).POST("/v2/library/folders", {
      body: body as never, // JavaScript may pass a stream
      bodySerializer: (given: unknown) => given,
      duplex: "half",
    });
    expect(response.status).toBe(401);
    expect(requests).toHaveLength(1);
    expect(asked).toEqual([undefined]);
  });

  test("what the function throws is thrown", async () => {
    const { url, requests } = await listen(problem(401));
    const gone = new Error("the grant is gone");
    const accessToken = (refused?: string) => (refused ? Promise.reject(gone) : "t1");
    await expect(clientOf(url, { accessToken }).GET("/v2/me")).rejects.toBe(gone);
    expect(requests).toHaveLength(1);
  });
});

describe("a 429", () => {
  test("for an access token that has been replaced meanwhile is repeated at once", async () => {
    const { url, requests } = await listen(inTurn(problem(429, { "Retry-After": "60" }), json({})));
    const order = ["old", "new"];
    const accessToken = () => order.shift() ?? "new";
    const start = performance.now();
    const { response } = await clientOf(url, { accessToken }).POST("/v2/library/folders", {
      body: { name: "x" },
    });
    expect(response.status).toBe(200);
    expect(tokens(requests)).toEqual(["Bearer old", "Bearer new"]);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test("for one that still stands is only a 429", async () => {
    const { url, requests } = await listen(problem(429, { "Retry-After": "60" }));
    const { asked, accessToken } = holder();
    const { response } = await clientOf(url, { accessToken }).GET("/v2/me");
    expect(response.status).toBe(429);
    expect(requests).toHaveLength(1);
    expect(asked).toEqual([undefined, undefined]); // the token was not reported as refused
  });
});
