import { defineConfig } from "vitest/config";

/** Apart from the other tests: this one downloads four Nodes and installs apps. */
export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/matrix/matrix.ts"],
    maxConcurrency: 2,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
