import { readRateLimit } from "express-autogpt";
import { expect, test } from "vitest";
import { clientOf, json, listen } from "./servers.js";

const limits = { "X-RateLimit-Limit": "200", "x-ratelimit-remaining": "0", "X-RateLimit-Reset": "37" };

test("what is left is read off an answer", async () => {
  const { url } = await listen(json({}, 200, limits));
  const { response } = await clientOf(url).GET("/v2/me");
  expect(readRateLimit(response)).toEqual({ limit: 200, remaining: 0, resetsIn: 37 });
});

test.each([
  ["no header", {}],
  ["one missing", { ...limits, "X-RateLimit-Reset": undefined }],
  ["one empty", { ...limits, "X-RateLimit-Limit": " " }],
  ["one that is no number", { ...limits, "X-RateLimit-Reset": "soon" }],
])("%s: undefined", (_name, given) => {
  const headers = new Headers();
  for (const [name, value] of Object.entries<string | undefined>(given)) {
    if (value !== undefined) headers.set(name, value);
  }
  expect(readRateLimit({ headers })).toBeUndefined();
});
