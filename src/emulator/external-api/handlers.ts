import type { v1, v2 } from "../../api/schema.js";
import type { Caller, Handlers } from "./call.js";
import { creditHandlers } from "./credits.js";
import { fileHandlers } from "./files.js";
import { folderHandlers } from "./folders.js";
import { graphHandlers } from "./graphs.js";
import { identityHandlers } from "./identity.js";
import { libraryHandlers } from "./library.js";
import { marketplaceHandlers } from "./marketplace.js";
import type { Operation, Version } from "./operations.js";
import { profileHandlers } from "./profile.js";
import type { CheckedRequest } from "./read-request.js";
import { recordHandlers } from "./records.js";
import { reviewHandlers } from "./reviews.js";
import { runHandlers } from "./runs.js";
import { searchHandlers } from "./search.js";
import { v1Handlers } from "./v1.js";
import { v1IntegrationHandlers } from "./v1-integrations.js";

const v2Handlers: Handlers<v2.operations> = {
  ...identityHandlers,
  ...libraryHandlers,
  ...folderHandlers,
  ...runHandlers,
  ...reviewHandlers,
  ...graphHandlers,
  ...fileHandlers,
  ...marketplaceHandlers,
  ...searchHandlers,
  ...recordHandlers,
  ...creditHandlers,
  ...profileHandlers,
};

const handlers: Readonly<Record<Version, Handlers<v1.operations> | Handlers<v2.operations>>> = {
  v1: { ...v1Handlers, ...v1IntegrationHandlers },
  v2: v2Handlers,
};

/** Answers an operation out of what the user has, or with its example where nothing is kept. */
export function handle(operation: Operation, request: CheckedRequest, caller: Caller): unknown {
  const handler: unknown = Object.entries(handlers[operation.version]).find(
    ([id]) => id === operation.id,
  )?.[1];
  // The validator of the same document has checked the request, so it has the types that the handler wants.
  return typeof handler === "function" ? handler({ ...caller, ...request }) : caller.example();
}
