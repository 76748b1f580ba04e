import * as main from "express-autogpt";
import * as emulator from "express-autogpt/emulator";
import { expect, it } from "vitest";

it("exports these names, and no others", () => {
  expect(Object.keys(main).sort()).toEqual([
    "ApiError",
    "ApplicationError",
    "AutoGPTError",
    "CallbackError",
    "GrantLostError",
    "InsufficientScopeError",
    "PlatformError",
    "RequestError",
    "RunUnfinishedError",
    "SignInRequiredError",
    "StoreError",
    "createApiClient",
    "downloadFile",
    "isScope",
    "memoryGrants",
    "paginate",
    "readRateLimit",
    "runAgent",
    "scopes",
    "signInWithAutoGPT",
    "uploadFile",
    "waitForRun",
  ]);
  expect(Object.keys(emulator).sort()).toEqual(["exampleApplication", "startEmulator"]);
});
