import type { Client, FetchResponse, MaybeOptionalInit } from "openapi-fetch";
import type {
  ErrorResponse,
  MediaType,
  Readable,
  RequiredKeysOf,
  ResponseObjectMap,
} from "openapi-typescript-helpers";
import type { Scope } from "../scopes.js";
import type { OperationKey, operations } from "./operations.js";
import type { paths } from "./schema.js";

/** The operations of one method by their path. */
export type Operations<Method extends HttpMethod> = {
  [Path in keyof paths as paths[Path] extends Record<Method, object>
    ? Path
    : never]: paths[Path] extends Record<Method, infer Operation extends Record<string | number, unknown>>
    ? Operation
    : never;
};

/** The paths of one method that the scopes `Granted` allow: an operation's scopes, all of them. */
export type PathsWith<Granted extends Scope, Method extends HttpMethod, Version extends "v1" | "v2"> = {
  [Path in keyof Operations<Method>]: `${Uppercase<Method>} ${Path}` extends infer Key extends OperationKey &
    `${string} /${Version}/${string}`
    ? [(typeof operations)[Key]["scopes"][number]] extends [Granted]
      ? Path
      : never
    : never;
}[keyof Operations<Method>];

/** What an operation answers when all is well. */
export type Answer<Method extends HttpMethod, Path extends keyof Operations<Method>> = NonNullable<
  FetchResponse<Operations<Method>[Path], object, MediaType>["data"]
>;

/** What a call of an operation takes as its last argument. */
export type InitOf<Method extends HttpMethod, Path extends keyof Operations<Method>> = MaybeOptionalInit<
  Operations<Method>,
  Path
>;

/** What openapi-fetch takes as a call's last argument: optional where nothing in it is needed. */
type Rest<Init> = RequiredKeysOf<Init> extends never ? [(Init & Extra)?] : [Init & Extra];
type Extra = Record<string, unknown>;

/**
 * A method of the client. Only which paths it takes depends on the scopes, so a client with more scopes fits where
 * one with fewer is asked for.
 */
interface Call<Granted extends Scope, Method extends HttpMethod> {
  /** @deprecated External API v1 ends on the cloud on 2026-12-31; use the operation of v2. */
  <Path extends PathsWith<Granted, Method, "v1">, Init extends MaybeOptionalInit<Operations<Method>, Path>>(
    path: Path,
    ...init: Rest<Init>
  ): Promise<Outcome<Operations<Method>[Path], Init>>;
  <Path extends PathsWith<Granted, Method, "v2">, Init extends MaybeOptionalInit<Operations<Method>, Path>>(
    path: Path,
    ...init: Rest<Init>
  ): Promise<Outcome<Operations<Method>[Path], Init>>;
}

/** openapi-fetch's, without errors in plain text, as v1 documents: those are thrown as a `PlatformError`. */
type Outcome<Operation extends Record<string | number, unknown>, Init> =
  | Extract<FetchResponse<Operation, Init, MediaType>, { error?: never }>
  | {
      data?: never;
      error: Exclude<Readable<ErrorResponse<ResponseObjectMap<Operation>>>, string>;
      response: Response;
    };

type HttpMethod = "get" | "put" | "post" | "delete" | "patch";

/**
 * The client of External API v1 (`/v1/...`) and v2 (`/v2/...`), openapi-fetch's, with the operations that the
 * scopes `Granted` allow. One with more scopes fits where one with fewer is asked for, so a helper can take
 * `ApiClient<"READ_BLOCK">`.
 */
export interface ApiClient<Granted extends Scope = Scope> extends Pick<Client<paths>, "use" | "eject"> {
  /** Reads: `api.GET("/v2/runs/{run_id}", { params: { path: { run_id } } })`. */
  readonly GET: Call<Granted, "get">;
  /** Replaces: as `GET`, with a `body` where the operation takes one. */
  readonly PUT: Call<Granted, "put">;
  /** Makes and starts: as `GET`, with a `body` where the operation takes one. */
  readonly POST: Call<Granted, "post">;
  /** Removes: as `GET`. */
  readonly DELETE: Call<Granted, "delete">;
  /** Changes: as `GET`, with a `body` where the operation takes one. */
  readonly PATCH: Call<Granted, "patch">;
  /** For the compiler alone, which infers `Granted` from it; nothing is there at run time. */
  readonly [GRANTED]?: (scope: Granted) => void;
}

declare const GRANTED: unique symbol;
