// Compiled, not run: what a client with some scopes may call. One `@ts-expect-error` per statement.
import type { ApiClient, Scope, SignInWithAutoGPT } from "express-autogpt";

declare const none: ApiClient<never>;
declare const block: ApiClient<"READ_BLOCK">;
declare const blockAndLibrary: ApiClient<"READ_BLOCK" | "READ_LIBRARY">;
declare const run: ApiClient<"RUN_AGENT">;
declare const all: ApiClient;
const path = { agent_id: "a", run_id: "r", folder_id: "f" };

// An operation needs its scope.
void block.GET("/v2/blocks");
void blockAndLibrary.GET("/v2/library/agents");
// @ts-expect-error: READ_LIBRARY
void block.GET("/v2/library/agents");
// @ts-expect-error: READ_LIBRARY, also with arguments that fit
void block.GET("/v2/library/agents/{agent_id}", { params: { path } });
// @ts-expect-error: IDENTITY
void block.GET("/v2/me");
// @ts-expect-error: reading is not writing
void blockAndLibrary.POST("/v2/library/folders", { body: { name: "x" } });
// @ts-expect-error: WRITE_LIBRARY
void blockAndLibrary.PATCH("/v2/library/agents/{agent_id}", { params: { path }, body: {} });
// @ts-expect-error: WRITE_LIBRARY
void blockAndLibrary.DELETE("/v2/library/agents/{agent_id}", { params: { path } });
// @ts-expect-error: WRITE_GRAPH
void blockAndLibrary.PUT("/v2/graphs/{graph_id}/versions/active", {
  params: { path: { graph_id: "g" } },
  body: { active_version: 1 },
});

// v1 too.
void block.GET("/v1/blocks");
// @ts-expect-error: IDENTITY
void block.GET("/v1/me");
// @ts-expect-error: EXECUTE_BLOCK
void block.POST("/v1/blocks/{block_id}/execute", { params: { path: { block_id: "b" } }, body: {} });

// Two scopes: both.
declare const share: ApiClient<"SHARE_RUN">;
declare const read: ApiClient<"READ_RUN">;
declare const readAndShare: ApiClient<"READ_RUN" | "SHARE_RUN">;
void readAndShare.POST("/v2/runs/{run_id}/share", { params: { path } });
void readAndShare.DELETE("/v2/runs/{run_id}/share", { params: { path } });
// @ts-expect-error: READ_RUN is missing
void share.POST("/v2/runs/{run_id}/share", { params: { path } });
// @ts-expect-error: SHARE_RUN is missing
void read.POST("/v2/runs/{run_id}/share", { params: { path } });
const schedule = { graph_id: "g", name: "n", cron: "0 9 * * 1", inputs: {} };
declare const scheduleAndRun: ApiClient<"WRITE_SCHEDULE" | "RUN_AGENT">;
void scheduleAndRun.POST("/v2/schedules", { body: schedule });
// @ts-expect-error: WRITE_SCHEDULE is missing
void run.POST("/v2/schedules", { body: schedule });

// No scope: always.
void none.GET("/v2/marketplace/agents");
void none.GET("/v2/search", { params: { query: { query: "mail" } } });
void none.GET("/v1/store/agents");
void block.GET("/v2/marketplace/creators/{username}", { params: { path: { username: "u" } } });
// @ts-expect-error: no scope, no blocks
void none.GET("/v2/blocks");

// A client without a list of scopes has all.
void all.GET("/v2/credits");
void all.POST("/v2/schedules", { body: schedule });

// More fits where less is needed, never the reverse.
declare function listBlocks(api: ApiClient<"READ_BLOCK">): void;
declare function anything(api: ApiClient<never>): void;
listBlocks(block);
listBlocks(blockAndLibrary);
listBlocks(all);
anything(none);
anything(run);
anything(all);
// @ts-expect-error: another scope
listBlocks(run);
// @ts-expect-error: no scope
listBlocks(none);
export const narrow: ApiClient<"READ_BLOCK"> = all;
// @ts-expect-error: fewer than all
export const wide: ApiClient = blockAndLibrary;
// @ts-expect-error: one of two
export const wider: ApiClient<"READ_BLOCK" | "READ_LIBRARY"> = block;
declare const either: ApiClient<"READ_BLOCK"> | ApiClient<"RUN_AGENT">;
// @ts-expect-error: only one of them may
listBlocks(either);
declare function generic<S extends Scope>(api: ApiClient<S | "READ_BLOCK">): void;
generic(blockAndLibrary);
// @ts-expect-error: no such scope
export type Wrong = ApiClient<"READ_EVERYTHING">;

// A grant's client has the scopes that were demanded.
declare const autogpt: SignInWithAutoGPT;
const { api: ran } = await autogpt.grantFor("user", "RUN_AGENT");
void ran.POST("/v2/library/agents/{agent_id}/runs", { params: { path }, body: { inputs: {} } });
// @ts-expect-error: READ_LIBRARY was not demanded
void ran.GET("/v2/library/agents");
const { api: both } = await autogpt.grantFor("user", "READ_BLOCK", "READ_LIBRARY");
void both.GET("/v2/library/agents");
listBlocks(both);
// @ts-expect-error: RUN_AGENT was not demanded
void both.POST("/v2/library/agents/{agent_id}/runs", { params: { path }, body: { inputs: {} } });
const { api: nothing } = await autogpt.grantFor("user");
void nothing.GET("/v2/marketplace/agents");
// @ts-expect-error: nothing was demanded
void nothing.GET("/v2/me");
// @ts-expect-error: no such scope
void autogpt.grantFor("user", "READ_LIBARY");
