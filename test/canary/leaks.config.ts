import { defineConfig } from "vitest/config";
import suite from "../vitest.config.js";

/** As the suite runs, for the one file that must fail. */
export default defineConfig({ test: { ...suite.test, include: ["test/canary/leaks.fixture.ts"] } });
