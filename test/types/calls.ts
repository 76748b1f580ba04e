// Compiled, not run: what a call takes and answers. One `@ts-expect-error` per statement.
import {
  type ApiClient,
  downloadFile,
  type ItemOf,
  paginate,
  type Run,
  runAgent,
  uploadFile,
  waitForRun,
} from "express-autogpt";

declare const api: ApiClient;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
declare function same<A, B>(yes: Same<A, B>): void;
declare function isAny<T>(no: 0 extends 1 & T ? true : false): void;

// Paths: of this method only.
// @ts-expect-error: misspelt
void api.GET("/v2/libary/agents");
// @ts-expect-error: no such method
void api.DELETE("/v2/blocks");
// @ts-expect-error: without its version
void api.GET("/blocks");
// @ts-expect-error: a full URL
void api.GET("https://backend.agpt.co/external-api/v2/blocks");
declare const text: string;
// @ts-expect-error: a path must be known when compiling
void api.GET(text);

// Path values.
void api.GET("/v2/runs/{run_id}", { params: { path: { run_id: "r" } } });
// @ts-expect-error: missing
void api.GET("/v2/runs/{run_id}");
// @ts-expect-error: empty
void api.GET("/v2/runs/{run_id}", { params: { path: {} } });
// @ts-expect-error: undefined
void api.GET("/v2/runs/{run_id}", { params: { path: { run_id: undefined } } });
// @ts-expect-error: another name
void api.GET("/v2/runs/{run_id}", { params: { path: { id: "r" } } });

// Queries and headers.
void api.GET("/v2/blocks", { params: { query: { limit: 5 } } });
// @ts-expect-error: a number
void api.GET("/v2/blocks", { params: { query: { limit: "5" } } });
// @ts-expect-error: known values only
void api.GET("/v2/runs", { params: { query: { statuses: ["DONE"] } } });
void api.GET("/v2/runs", { params: { query: { statuses: ["COMPLETED"] }, header: { "X-Team-Id": "t" } } });
// @ts-expect-error: a string
void api.GET("/v2/me", { params: { header: { "X-Team-Id": 7 } } });

// Bodies.
const path = { agent_id: "a" };
const started = await api.POST("/v2/library/agents/{agent_id}/runs", {
  params: { path, header: { "Idempotency-Key": "k" } },
  body: { inputs: { topic: "x" } },
});
started.data?.status satisfies Run["status"] | undefined;
// @ts-expect-error: no body
void api.POST("/v2/library/folders");
// @ts-expect-error: another type
void api.POST("/v2/library/folders", { body: { name: 7 } });
// @ts-expect-error: without its name
void api.POST("/v2/library/folders", { body: {} });

// Answers.
const blocks = await api.GET("/v2/blocks");
if (blocks.error) {
  blocks.error.error.code satisfies string;
  blocks.error.error.message satisfies string;
  // @ts-expect-error: v1's
  blocks.error.detail;
  // @ts-expect-error: with an error there are no data
  blocks.data.items;
} else {
  blocks.data.items[0]?.name satisfies string | undefined;
  blocks.data.next_cursor satisfies string | null;
  // @ts-expect-error: no such field
  blocks.data.pages;
  // @ts-expect-error: there may be none
  blocks.data.items[0].name;
}
// @ts-expect-error: not before the error was looked at
blocks.data.items;
isAny<typeof blocks.data>(false);
isAny<typeof blocks.error>(false);

const old = await api.GET("/v1/blocks");
old.data?.[0]?.id satisfies unknown;
if (old.error) {
  old.error.detail satisfies unknown;
  // @ts-expect-error: v2's
  old.error.error;
}
const oldMe = await api.GET("/v1/me");
oldMe.error?.detail;
oldMe.data?.email satisfies string | undefined;
isAny<typeof oldMe.error>(false);

const stream = await api.GET("/v2/files/{file_id}/download", {
  params: { path: { file_id: "f" } },
  parseAs: "stream",
});
stream.data satisfies ReadableStream<Uint8Array> | null | undefined;

// Lists: those of v2 that the scopes allow.
for await (const agent of paginate(api, "/v2/library/agents", { params: { query: { limit: 5 } } })) {
  agent.name satisfies string;
  // @ts-expect-error: no such field
  agent.title;
}
for await (const run of paginate(api, "/v2/runs", { params: { query: { statuses: ["FAILED"] } } })) {
  run.status satisfies Run["status"];
}
declare const library: ApiClient<"READ_LIBRARY">;
void paginate(library, "/v2/library/agents");
void paginate(library, "/v2/marketplace/agents");
// @ts-expect-error: READ_BLOCK
void paginate(library, "/v2/blocks");
// @ts-expect-error: no list
void paginate(api, "/v2/me");
// @ts-expect-error: one of many
void paginate(api, "/v2/runs/{run_id}", { params: { path: { run_id: "r" } } });
// @ts-expect-error: v1 does not page by cursor
void paginate(api, "/v1/blocks");
// @ts-expect-error: a number
void paginate(api, "/v2/blocks", { params: { query: { limit: "5" } } });
same<ItemOf<"/v2/runs">["id"], string>(true);

// Helpers.
declare const runner: ApiClient<"RUN_AGENT" | "READ_RUN">;
const { status, outputs } = await runAgent(runner, "agent", { topic: "x" });
same<typeof status, "COMPLETED" | "FAILED" | "TERMINATED" | "REVIEW">(true);
isAny<typeof outputs>(false);
declare const starter: ApiClient<"RUN_AGENT">;
// @ts-expect-error: READ_RUN, to wait
void runAgent(starter, "agent", {});
declare const reader: ApiClient<"READ_RUN">;
// @ts-expect-error: RUN_AGENT
void runAgent(reader, "agent", {});
void waitForRun(reader, "run", { timeoutMs: 1000 });
declare const files: ApiClient<"READ_FILES" | "WRITE_FILES">;
const { file_uri } = await uploadFile(files, { name: "a", content: new Blob(["a"]) });
file_uri satisfies string;
(await downloadFile(files, "f")).content satisfies ReadableStream<Uint8Array>;
// @ts-expect-error: WRITE_FILES
void uploadFile(reader, { name: "a", content: new Blob(["a"]) });
// @ts-expect-error: a string is no file
void uploadFile(files, { name: "a", content: "text" });
