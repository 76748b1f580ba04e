// Lists the platform's blocks with an API key: `AUTOGPT_API_KEY=agpt_... npx tsx api-key.ts`.
// For an instance of one's own AUTOGPT_WEB_URL and AUTOGPT_BACKEND_URL say where it is.
import { createApiClient, paginate } from "express-autogpt";

const api = createApiClient(); // AUTOGPT_API_KEY

let count = 0;
for await (const block of paginate(api, "/v2/blocks", { params: { query: { limit: 100 } } })) {
  console.log(`v2 ${block.id} ${block.name}`);
  count += 1;
}
console.log(`${count} blocks`);

// The same with v1, which ends on the cloud on 2026-12-31: all at once, and errors have a `detail`.
const { data, error, response } = await api.GET("/v1/blocks");
if (error) throw new Error(`${response.status}: ${JSON.stringify(error.detail)}`);
console.log(`${data.length} blocks of v1`);
