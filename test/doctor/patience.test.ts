import { expect, it } from "vitest";
import { useDoctor } from "./doctor.js";

const suite = useDoctor();

// The one place where waiting is what is tested; all at once, so that the longest wait is the only one.
it("waits for nothing without end", { timeout: 60_000 }, async () => {
  const silent = await suite.serve(() => {});
  const env = { AUTOGPT_WEB_URL: silent, AUTOGPT_BACKEND_URL: silent };
  const stores = suite.write(
    "silent-store.mjs",
    `import { memoryGrants } from "express-autogpt";
     export default { scopes: ["IDENTITY"], grants: { ...memoryGrants(), read: () => new Promise(() => {}) } };`,
  );
  const endless = suite.write("endless.mjs", "await new Promise(() => {});");
  const [platform, store, file] = await Promise.all([
    suite.run({ env }),
    suite.run({ args: ["--config", stores] }),
    suite.run({ args: ["--config", endless] }),
  ]);
  for (const name of ["web-app", "backend"]) {
    expect(platform.find(name).message).toBe(`${new URL(silent).host} does not answer within 5 seconds.`);
  }
  expect(store.find("grant-store").message).toBe(
    "The grant store could not read a row: no answer within 5 seconds.",
  );
  expect(file.find("options").message).toContain("it is not loaded after 10 seconds");
  expect([platform.code, store.code, file.code]).toEqual([1, 1, 1]);
});
