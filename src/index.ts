// Signing in

export type { ApiClient, ApiClientOptions } from "./api/client.js";
// The External API
export { createApiClient } from "./api/client.js";
export type { CallbackErrorCode } from "./errors.js";
// Errors
export {
  ApplicationError,
  AutoGPTError,
  CallbackError,
  GrantLostError,
  InsufficientScopeError,
  PlatformError,
  RequestError,
  SignInRequiredError,
  StoreError,
} from "./errors.js";
export type { OnSignIn, SignInEvent } from "./express/callback.js";
export type { RequestContext } from "./express/context.js";
// Where grants are kept
export { memoryGrants } from "./grants/memory.js";
export type { GrantKey, GrantStore, StoredGrant } from "./grants/store.js";
export type { Platform } from "./platform.js";
export type { Scope, ScopeInfo } from "./scopes.js";
// Scopes
export { scopes } from "./scopes.js";
export type { SignInWithAutoGPT, SignInWithAutoGPTOptions } from "./sign-in.js";
export { signInWithAutoGPT } from "./sign-in.js";
export type { User } from "./user.js";
