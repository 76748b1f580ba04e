import { ask } from "./ask.js";
import { BACKEND_SETTING } from "./backend.js";
import { CheckFailed, ok, type Verdict, warning } from "./finding.js";

/** What the instance says about its External API; a version it does not have, or does not describe, has no document. */
export interface ExternalApi {
  readonly hasV2: boolean;
  /** The text of the OpenAPI document that the instance serves to everybody. */
  readonly documents: Readonly<Partial<Record<"v1" | "v2", string>>>;
}

/**
 * Asks for the API's documents, which need no credential and have a rate limit of their own: a call of the API
 * itself would count against the five that this server's address has in a minute (oauth.md section 12).
 *
 * @throws {CheckFailed} when the instance does not say.
 */
export async function readExternalApi(backendUrl: string): Promise<ExternalApi> {
  const [v1, v2] = await Promise.all([readDocument(backendUrl, "v1"), readDocument(backendUrl, "v2")]);
  return {
    hasV2: v2 !== undefined || (await answersV2(backendUrl)),
    documents: { ...(v1 !== undefined && { v1 }), ...(v2 !== undefined && { v2 }) },
  };
}

async function readDocument(backendUrl: string, version: "v1" | "v2"): Promise<string | undefined> {
  const { status, body, text } = await ask(
    `${backendUrl}/external-api/${version}/openapi.json`,
    BACKEND_SETTING,
  );
  return status === 200 && "paths" in Object(body) ? text : undefined;
}

/** For an instance that hides its documents: without a credential v2 refuses, and what is not there is not found. */
async function answersV2(backendUrl: string): Promise<boolean> {
  const { status } = await ask(`${backendUrl}/external-api/v2/me`, BACKEND_SETTING);
  if (status >= 500) {
    throw new CheckFailed(
      `External API v2 answers ${status}.`,
      "Try again later; if it stays, look at the platform's log.",
    );
  }
  return [401, 403, 429].includes(status);
}

export function judgeV2({ hasV2 }: ExternalApi): Verdict {
  return hasV2
    ? ok("The instance has External API v2.")
    : warning(
        "The instance has no External API v2: calls of /v2 paths get a 404; signing in works with v1.",
        "Update the instance, or call /v1 paths only.",
      );
}
