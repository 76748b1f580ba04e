import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Answer, methodNotAllowed, notFound, SECURITY_HEADERS, send } from "../answer.js";
import type { Platform } from "../platform.js";
import { admit, admitOperation, admitReader } from "./admit.js";
import { type Caller, RawAnswer } from "./call.js";
import { readCredential, requireScopes } from "./credential.js";
import { answerError } from "./errors.js";
import { fillExample } from "./fill-example.js";
import { handle } from "./handlers.js";
import { readTenant } from "./identity.js";
import { type Match, matchOperation } from "./match-operation.js";
import { documents, type Operation, readOperations, type Version } from "./operations.js";
import { type CheckedRequest, readRequest } from "./read-request.js";
import { workspaceOf } from "./workspace.js";

/** One version of the External API, driven by its OpenAPI document. */
export function createEngine(platform: Platform, version: Version): RequestListener {
  const operations = readOperations(version);
  return function answerExternalApi(req, res) {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
    answer(platform, version, operations, req, res)
      .catch((error: unknown) => answerError(version, error))
      .then((found) => send(res, found))
      .catch(() => res.destroy());
  };
}

async function answer(
  platform: Platform,
  version: Version,
  operations: readonly Operation[],
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Answer> {
  const base = `/external-api/${version}`;
  const [pathname = "", ...query] = (req.url ?? "").split("?");
  const path = pathname.slice(base.length);
  const method = req.method ?? "";
  if (path === "/openapi.json") return answerDocument(platform, version, req, res);

  const { match, allowed } = matchOperation(operations, method, path);
  if (match) return answerOperation(platform, match, req, res);
  if (allowed.length > 0) throw methodNotAllowed(allowed.join(", "));
  const unslashed = matchOperation(operations, method, path.replace(/\/$/, ""));
  if (path.endsWith("/") && (unslashed.match || unslashed.allowed.length > 0)) {
    const location = [pathname.replace(/\/$/, ""), ...query].join("?");
    return { status: 307, headers: { Location: `http://${req.headers.host}${location}` } };
  }
  throw notFound();
}

function answerDocument(
  platform: Platform,
  version: Version,
  req: IncomingMessage,
  res: ServerResponse,
): Answer {
  if (version === "v2") admitReader(platform, req, res);
  if (req.method !== "GET") throw methodNotAllowed("GET");
  return { status: 200, json: { ...documents[version], servers: [{ url: `/external-api/${version}` }] } };
}

/** In the platform's order: credential, scopes, team, limits of the operation, parameters and body. */
async function answerOperation(
  platform: Platform,
  match: Match,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Answer> {
  const { operation } = match;
  const isV2 = operation.version === "v2";
  const credential = isV2 ? admit(platform, req, res) : readCredential(platform, req);
  requireScopes(credential, operation.scopes);
  const tenant = readTenant(credential.user, isV2 ? readTeam(req) : undefined);
  if (operation.rateLimit) {
    admitOperation(platform, res, credential.user.id, operation.id, operation.rateLimit);
  }
  const request = await readRequest(match, req);
  requireScopes(credential, conditionalScopes(operation, request));

  const now = platform.clock.now();
  const caller: Caller = {
    platform,
    credential,
    tenant,
    workspace: workspaceOf(platform, credential.user.id),
    now,
    host: req.headers.host ?? "",
    example: () => fillExample(operation, request, now),
  };
  const result = await handle(operation, request, caller);
  if (result instanceof RawAnswer) return result.answer;
  const { status } = operation.success;
  return result === undefined ? { status } : { status, json: result };
}

function readTeam(req: IncomingMessage): string | undefined {
  const team = req.headers["x-team-id"];
  return typeof team === "string" && team.trim() !== "" ? team.trim() : undefined;
}

function conditionalScopes({ conditionalScopes: table }: Operation, { query }: CheckedRequest) {
  const kinds = Object.keys(table).length > 0 ? [query.content_types].flat() : [];
  return [...new Set(kinds.flatMap((kind) => table[String(kind)] ?? []))];
}
