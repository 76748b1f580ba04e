import * as main from "express-autogpt";
import * as emulator from "express-autogpt/emulator";
import { expect, it } from "vitest";

it("exports these names, and no others", () => {
  expect(Object.keys(main).sort()).toEqual([
    "ApplicationError",
    "AutoGPTError",
    "CallbackError",
    "GrantLostError",
    "InsufficientScopeError",
    "PlatformError",
    "RequestError",
    "SignInRequiredError",
    "StoreError",
    "createApiClient",
    "isScope",
    "memoryGrants",
    "scopes",
    "signInWithAutoGPT",
  ]);
  expect(Object.keys(emulator).sort()).toEqual(["exampleApplication", "startEmulator"]);
});
