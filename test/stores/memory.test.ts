import { memoryGrants } from "express-autogpt";
import { grantStoreTests } from "express-autogpt/store-tests";
import { describe, it } from "vitest";

describe("memoryGrants", () => {
  const store = memoryGrants();
  for (const { name, run } of grantStoreTests(store, store)) it.concurrent(name, run);
});
