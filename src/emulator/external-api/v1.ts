import type { Express, Request } from "express";
import type { Scope } from "../../scopes.js";
import { type Answer, Refusal } from "../answer.js";
import { createArea, type Handler } from "../area.js";
import type { Platform } from "../platform.js";
import { SchemaFault } from "../schema.js";
import { blocks, type EmulatedBlock } from "./blocks.js";
import { type Credential, readCredential, requireScopes } from "./credential.js";

export function createV1Area(platform: Platform): Express {
  const get = (scope: Scope, read: (credential: Credential, req: Request) => unknown): { GET: Handler } => ({
    GET(req) {
      const credential = readCredential(platform, req);
      requireScopes(credential, [scope]);
      return { status: 200, json: read(credential, req) };
    },
  });
  return createArea(
    {
      "/external-api/v1/me": get("IDENTITY", ({ user }) => ({
        id: user.id,
        name: user.name,
        email: user.email,
        timezone: user.timezone,
      })),
      "/external-api/v1/blocks": get("READ_BLOCK", () => blocks.map(toV1Block)),
    },
    answerV1Error,
  );
}

function toV1Block(block: EmulatedBlock) {
  return {
    id: block.id,
    name: block.name,
    inputSchema: block.input_schema,
    outputSchema: block.output_schema,
    description: block.description,
    categories: block.categories,
    contributors: block.contributors,
    staticOutput: block.static_output,
    // v1 names the kinds as the block editor does.
    uiType:
      block.block_type === "STANDARD"
        ? "Standard"
        : block.block_type === "AI"
          ? "AI"
          : titleCase(block.block_type),
  };
}

function titleCase(kind: string): string {
  return kind.charAt(0) + kind.slice(1).toLowerCase();
}

function answerV1Error(error: unknown): Answer {
  if (error instanceof Refusal) {
    return { status: error.status, headers: error.headers, json: { detail: error.detail } };
  }
  if (error instanceof SchemaFault) return { status: 422, json: { detail: error.items } };
  return { status: 500, text: "Internal Server Error" };
}
