import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { json, listen, TOKEN } from "./servers.js";

test("the first call of v1 warns, once in a process, and calls of v2 do not", async () => {
  const { url } = await listen(json({}));
  const program = `
    import { createApiClient } from "express-autogpt";
    const platform = { webUrl: "${url}", backendUrl: "${url}" };
    const api = createApiClient({ accessToken: "${TOKEN}", platform });
    await api.GET("/v2/me");
    console.error("-- v1 --");
    for (let i = 0; i < 3; i += 1) await api.GET("/v1/me");
    await createApiClient({ apiKey: "other", platform }).GET("/v1/blocks");
  `;
  const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  const [before, after = ""] = stderr.split("-- v1 --");
  expect(before).toBe("");
  expect(after.match(/DeprecationWarning/g)).toHaveLength(1);
  expect(after).toContain(
    "[AUTOGPT_V1] DeprecationWarning: GET /v1/me belongs to External API v1, which ends on the cloud on 2026-12-31. Use the operation of v2.",
  );
  expect(stderr).not.toContain(TOKEN);
});
