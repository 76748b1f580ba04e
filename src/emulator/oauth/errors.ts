import type { IncomingMessage } from "node:http";
import { type Answer, nameRequest, Refusal } from "../answer.js";
import { SchemaFault } from "../schema.js";

/** A Python ValueError that nobody meant to send: a 400 with three members. */
export class FailedValue extends Error {
  override readonly name = "FailedValue";
}

/** The error bodies under /api: section 9 of the contract. */
export function answerOAuthError(error: unknown, req: IncomingMessage): Answer {
  const request = nameRequest(req);
  if (error instanceof Refusal) {
    return { status: error.status, headers: error.headers, json: { detail: error.detail } };
  }
  if (error instanceof SchemaFault) {
    const message = `Invalid data for ${request}`;
    const hint = "Ensure the request matches the API schema.";
    return { status: 422, json: { message, detail: error.items, hint } };
  }
  const message = `Failed to process ${request}`;
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof FailedValue) {
    return { status: 400, json: { message, detail, hint: "Adjust the request and retry." } };
  }
  return { status: 500, json: { message, detail, hint: "Check server logs and dependent services." } };
}
