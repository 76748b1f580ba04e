import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/canary/output.ts"],
    setupFiles: ["test/canary/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    unstubEnvs: true,
    // Much of the suite waits for leases, timers and other processes: 9 minutes with a worker per core less one, 3.5 so.
    maxWorkers: 2 * availableParallelism(),
  },
});
