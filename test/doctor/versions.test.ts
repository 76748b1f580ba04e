import { expect, it } from "vitest";
import { checkNode } from "../../src/doctor/versions.js";

it.each([
  ["18.20.8", "failed"],
  ["20.18.3", "failed"],
  ["20.19.0", "ok"],
  ["22.0.0", "ok"],
  ["26.1.0", "ok"],
  ["24.0.0-rc.1", "failed"],
])("Node.js %s: %s", (version, status) => {
  expect(checkNode(version).status).toBe(status);
});
