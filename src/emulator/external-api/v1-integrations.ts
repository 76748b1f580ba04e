import { randomUUID } from "node:crypto";
import type { v1, v2 } from "../../api/schema.js";
import { notFound } from "../answer.js";
import type { Handlers } from "./call.js";
import { providers } from "./providers.js";

type Schemas = v1.components["schemas"];
type StoredCredential = v2.components["schemas"]["Credential"];

/** The third-party credentials of v2, as v1 shows them. */
export const v1IntegrationHandlers: Handlers<v1.operations> = {
  listIntegrationProviders: () => [...providers],

  listCredentials: ({ workspace }) => [...workspace.credentials.values()].map(toCredential),

  listCredentialsByProvider: ({ workspace, path }) =>
    [...workspace.credentials.values()]
      .filter(({ provider }) => provider === path.provider)
      .map(toCredential),

  createCredential({ workspace, path, body }) {
    const stored: StoredCredential = {
      id: randomUUID(),
      type: body.type,
      provider: path.provider,
      title: body.title,
      username: body.type === "user_password" ? body.username : null,
      scopes: [],
      expires_at: null,
      is_managed: false,
    };
    workspace.credentials.set(stored.id, stored);
    const { id, provider, type, title } = stored;
    return { id, provider, type, title };
  },

  deleteCredential({ workspace, path }) {
    if (!workspace.credentials.delete(path.cred_id)) throw notFound();
    return { deleted: true, credentials_id: path.cred_id };
  },
};

function toCredential({
  id,
  provider,
  type,
  title,
  scopes,
  username,
}: StoredCredential): Schemas["Credential"] {
  return { id, provider, type, title, scopes, username: username ?? null };
}
