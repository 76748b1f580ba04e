// What a program with `"module": "commonjs"` sees of us; test/check/node10.ts compiles it as such a program does.

import type { Express } from "express";
import { signInWithAutoGPT } from "express-autogpt";
import { startEmulator } from "express-autogpt/emulator";
import { postgresGrants } from "express-autogpt/postgres";
import { redisGrants } from "express-autogpt/redis";
import { grantStoreTests } from "express-autogpt/store-tests";

export function mount(app: Express): void {
  const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY"] });
  app.use(autogpt.router);
  app.get("/runs/:id", autogpt.requireScopes("READ_RUN"), async (req, res) => {
    const { api } = res.locals.autogpt;
    const { data } = await api.GET("/v2/runs/{run_id}", { params: { path: { run_id: req.params.id } } });
    // @ts-expect-error: the answer is typed
    const status: number | undefined = data?.status;
    // @ts-expect-error: it needs WRITE_RUN
    await api.POST("/v2/runs/{run_id}/stop", { params: { path: { run_id: req.params.id } } });
    // @ts-expect-error: requests have their type
    res.json([status, req.autogpt.nothing]);
  });
}

// Each entry point has its types: `any` would take these.
// @ts-expect-error
signInWithAutoGPT({ scopes: ["NOPE"] });
// @ts-expect-error
void startEmulator({ prot: 1 });
// @ts-expect-error
postgresGrants(1);
// @ts-expect-error
redisGrants(1);
// @ts-expect-error
grantStoreTests(1);
