import type { Answer } from "../answer.js";
import type { Platform } from "../platform.js";
import type { Credential } from "./credential.js";
import type { Workspace } from "./workspace.js";

/** Where a request acts, and what new things carry. */
export interface Tenant {
  readonly organization_id: string;
  readonly team_id: string | null;
}

/** Who asks, where, and when: the same for every operation. */
export interface Caller {
  readonly platform: Platform;
  readonly credential: Credential;
  readonly tenant: Tenant;
  /** What this user has. */
  readonly workspace: Workspace;
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly now: number;
  /** As the caller named this server: `127.0.0.1:3001`. */
  readonly host: string;
  /** What the schema alone would answer, with what was sent in it. */
  example(): unknown;
}

/** An answer that is no JSON of the success status. */
export class RawAnswer {
  constructor(readonly answer: Answer) {}
}

/** The types of one operation, as openapi-typescript writes them. */
interface OperationTypes {
  readonly parameters: { readonly path?: unknown; readonly query?: unknown; readonly header?: unknown };
  readonly requestBody?: unknown;
  readonly responses: object;
}

type Json<Response> = Response extends { content: { "application/json": infer Body } } ? Body : undefined;
type Success<Responses, Status = 200 | 201 | 202 | 204> = Status extends keyof Responses
  ? Json<Responses[Status]>
  : never;
type BodyOf<Request> = Request extends { content: { "application/json": infer Body } }
  ? Body
  : Request extends { content: { "multipart/form-data": object } }
    ? { readonly file: File }
    : undefined;

export interface Call<O extends OperationTypes> extends Caller {
  readonly path: NonNullable<O["parameters"]["path"]>;
  readonly query: NonNullable<O["parameters"]["query"]>;
  readonly header: NonNullable<O["parameters"]["header"]>;
  readonly body: BodyOf<O["requestBody"]>;
}

type MaybeLater<T> = T | Promise<T>;

/** What stands behind an operation; the engine has checked credential, scopes and request. */
export type Handler<O extends OperationTypes> = (
  call: Call<O>,
) => MaybeLater<Success<O["responses"]> | RawAnswer>;

/** Handlers by operation id; an operation without one answers its example. */
export type Handlers<Operations> = {
  readonly [Id in keyof Operations]?: Operations[Id] extends OperationTypes ? Handler<Operations[Id]> : never;
};
