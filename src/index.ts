/**
 * Sign-in with AutoGPT for Express apps, the grants it gives, and the client of the External API.
 *
 * @module express-autogpt
 */

// Signing in
export { signInWithAutoGPT } from "./sign-in.js";
export type { SignInWithAutoGPT, SignInWithAutoGPTOptions } from "./sign-in.js";
export type { OnSignIn, SignInEvent } from "./express/callback.js";
export type { Guard, GuardOptions, SignedIn } from "./express/guards.js";
export type { IntegrationProvider, IntegrationSetup, SetupMiddleware } from "./express/setup-wizard.js";
export type { RequestContext } from "./express/context.js";
export type { Platform } from "./platform.js";
export type { User } from "./user.js";

// Scopes
export { isScope, scopes } from "./scopes.js";
export type { Scope, ScopeInfo } from "./scopes.js";

// The External API
export { createApiClient } from "./api/client.js";
export { downloadFile, uploadFile } from "./api/files.js";
export { paginate } from "./api/paginate.js";
export { readRateLimit } from "./api/rate-limit.js";
export { runAgent, waitForRun } from "./api/run-agent.js";
export type { ApiClientOptions } from "./api/client.js";
export type { ApiClient } from "./api/client-types.js";
export type { DownloadedFile, FileToUpload, UploadedFile } from "./api/files.js";
export type { ItemOf, PagingPath } from "./api/paginate.js";
export type { RateLimit } from "./api/rate-limit.js";
export type { Run, RunAgentOptions, RunResult } from "./api/run-agent.js";

// Grants: acting for users, where grants are kept, what happens to them
export { memoryGrants } from "./grants/memory.js";
export type { Grant, SignIn } from "./grants/grant.js";
export type { Renewals } from "./grants/renew-expiring.js";
export type { GrantKey, GrantStore, StoredGrant } from "./grants/store.js";
export type { AutoGPTEvents } from "./events.js";

// Errors
export {
  ApiError,
  ApplicationError,
  AutoGPTError,
  CallbackError,
  GrantLostError,
  InsufficientScopeError,
  PlatformError,
  RequestError,
  RunUnfinishedError,
  SignInRequiredError,
  StoreError,
} from "./errors.js";
export type { CallbackErrorCode } from "./errors.js";
