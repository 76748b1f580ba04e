import { beforeEach, describe, expect, it } from "vitest";
import { expectAnswer } from "./documents.js";
import { EVERYTHING, fileForm, sender, twoKeys } from "./good-requests.js";
import { ADA, emulatorForTests } from "./setup.js";

const PUBLIC_ONLY = "agpt_NoScopeOfUse";
const emulator = await emulatorForTests({
  api_keys: [...twoKeys, { key: PUBLIC_ONLY, user_id: ADA, scopes: ["IDENTITY"] }],
});
const send = sender(emulator, PUBLIC_ONLY);
const all = sender(emulator, EVERYTHING);
const AGENTS = "/v2/marketplace/agents";
type Item = { slug: string; creator: string; name: string; runs: number; rating: number };

async function list(query: string): Promise<Item[]> {
  const reply = await send("GET", `${AGENTS}?limit=100&${query}`);
  expectAnswer("v2", "GET /marketplace/agents", reply);
  return reply.json.items;
}

describe("paging", () => {
  it("goes over three pages by each cursor, which can be used again and in any order", async () => {
    const everything = await list("sorted_by=name");
    expect(everything.length).toBeGreaterThan(10);
    const limit = Math.ceil(everything.length / 3);
    const page = async (cursor: string | null) => {
      const query = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      return (await send("GET", `${AGENTS}?sorted_by=name&limit=${limit}${query}`)).json;
    };
    const first = await page(null);
    const second = await page(first.next_cursor);
    const third = await page(second.next_cursor);
    expect(third.next_cursor).toBeNull();
    expect([...first.items, ...second.items, ...third.items]).toEqual(everything);
    for (const { total_count } of [first, second, third]) expect(total_count).toBe(everything.length);
    expect(await page(first.next_cursor)).toEqual(second);
    expect(await page(second.next_cursor)).toEqual(third);
    const most = (await send("GET", `${AGENTS}?limit=${everything.length - 1}`)).json;
    expect((await send("GET", `${AGENTS}?cursor=${most.next_cursor}`)).json.items).toHaveLength(1);
  });

  it("has 20 items when nothing is said, and refuses a cursor that no page gave", async () => {
    for (let count = 0; count < 21; count += 1)
      await all("POST", "/v2/library/folders", { name: `F${count}` });
    const { json } = await all("GET", "/v2/library/folders");
    expect([json.items.length, json.total_count]).toEqual([20, 21]);
    const reply = await send("GET", `${AGENTS}?cursor=nonsense`);
    expect([reply.status, reply.json.error.code]).toEqual([400, "bad_request"]);
  });
});

describe("listings", () => {
  it("can be searched, filtered and sorted", async () => {
    const found = await list("search_query=market%20report&sorted_by=name");
    expect(found[0]?.slug).toBe("market-research-report");
    expect(await list("search_query=zebra")).toEqual([]);
    expect(new Set((await list("creator=Paperclip")).map(({ creator }) => creator))).toEqual(
      new Set(["paperclip"]),
    );
    const developers = await list("category=development");
    expect(developers.length).toBeGreaterThan(1);
    const featured = await list("featured=true");
    expect(featured.length).toBeLessThan((await list("")).length);
    for (const key of ["runs", "rating"] as const) {
      const values = (await list(`sorted_by=${key}`)).map((item) => item[key]);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
    }
    const wrong = await send("GET", `${AGENTS}?sorted_by=price&featured=perhaps`);
    expect(wrong.json.error.details.errors).toMatchObject([
      { type: "bool_parsing", loc: ["query", "featured"], input: "perhaps" },
      { type: "enum", loc: ["query", "sorted_by"], input: "price" },
    ]);
  });

  it("have details by name, in any case, and by version; and a creator", async () => {
    const { json } = await send("GET", `${AGENTS}/Northwind/Blog-Post-Writer`);
    expect(json.slug).toBe("blog-post-writer");
    expect((await send("GET", `${AGENTS}/by-version/${json.store_listing_version_id}`)).json).toEqual(json);
    expect((await send("GET", `${AGENTS}/northwind/nothing`)).status).toBe(404);
    const creator = await send("GET", "/v2/marketplace/creators/northwind");
    expect(creator.json.num_agents).toBe((await list("creator=northwind")).length);
    expect((await send("GET", "/v2/marketplace/creators?search_query=sage")).json.total_count).toBe(1);
    expect((await send("GET", "/v2/marketplace/creators/nobody")).status).toBe(404);
  });

  it("can be added to the library once, and run there", async () => {
    const path = `${AGENTS}/northwind/blog-post-writer/add-to-library`;
    const added = await all("POST", path);
    expect([added.status, added.json.name]).toEqual([201, "Blog Post Writer"]);
    expect(added.json.input_schema.required).toEqual(["topic"]);
    expect((await all("POST", path)).json.id).toBe(added.json.id);
    const published = (await all("GET", "/v2/library/agents?published=true")).json.items;
    expect(published.map(({ id }: { id: string }) => id)).toEqual([added.json.id]);
    const inputs = { topic: "tea" };
    const run = await all("POST", `/v2/library/agents/${added.json.id}/runs`, { inputs });
    emulator.advanceClock(10);
    const { outputs } = (await all("GET", `/v2/runs/${run.json.id}`)).json;
    expect(outputs).toEqual({ post: ["A friendly post about tea."] });
  });
});

describe("the store of v1", () => {
  it("has the same agents, page by page", async () => {
    const slugs: string[] = [];
    for (const page of [1, 2, 3]) {
      const reply = await send("GET", `/v1/store/agents?page=${page}&page_size=5&sorted_by=name`);
      expectAnswer("v1", "GET /store/agents", reply);
      expect(reply.json.pagination).toEqual({
        total_items: 12,
        total_pages: 3,
        current_page: page,
        page_size: 5,
      });
      slugs.push(...reply.json.agents.map(({ slug }: { slug: string }) => slug));
    }
    expect(slugs).toEqual((await list("sorted_by=name")).map(({ slug }) => slug));
  });

  it.each([
    ["page=0", "Page must be greater than 0"],
    ["page_size=0", "Page size must be greater than 0"],
  ])("says %s in a string", async (query, detail) => {
    const reply = await send("GET", `/v1/store/agents?${query}`);
    expect([reply.status, reply.json]).toEqual([422, { detail }]);
    expectAnswer("v1", "GET /store/agents", reply);
  });
});

describe("search", () => {
  beforeEach(async () => {
    await all("POST", "/v2/files/upload", fileForm("market.txt"));
  });
  const kinds = async (query: string, by = send) => {
    const reply = await by("GET", `/v2/search?${query}`);
    expectAnswer("v2", "GET /search", reply);
    const found = reply.json.items?.map(({ content_type }: { content_type: string }) => content_type);
    return found ? [...new Set(found)].sort() : reply.json.error.message;
  };

  it("covers the four public kinds without a scope", async () => {
    expect(await kinds("query=market&limit=100")).toEqual(["STORE_AGENT"]);
    expect(await kinds("query=github")).toEqual(["INTEGRATION"]);
    expect(await kinds("query=block&limit=100")).toContain("BLOCK");
    expect(await kinds("query=getting")).toEqual(["DOCUMENTATION"]);
  });

  it("needs a scope for each private kind", async () => {
    const both = "content_types=LIBRARY_AGENT&content_types=WORKSPACE_FILE";
    expect(await kinds(`query=x&${both}`)).toBe("Missing required permission(s): READ_LIBRARY, READ_FILES");
    expect(await kinds("query=x&content_types=WORKSPACE_FILE")).toBe(
      "Missing required permission(s): READ_FILES",
    );
    expect(await kinds(`query=market&${both}`, all)).toEqual(["WORKSPACE_FILE"]);
    expect(await kinds(`query=topic&${both}`, all)).toEqual(["LIBRARY_AGENT"]);
  });
});
