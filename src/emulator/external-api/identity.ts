import type { v2 } from "../../api/schema.js";
import { Refusal } from "../answer.js";
import type { EmulatorUser } from "../seed.js";
import type { Handlers, Tenant } from "./call.js";
import { blocks } from "./data/blocks.js";
import { readPage } from "./page.js";
import { stableId } from "./stable-id.js";

/** Everybody's personal organization has one team, of this id. */
export const TEAM_ID = "7ea30000-0000-4000-a000-000000000001";

/**
 * Where a request acts: OAuth tokens act in the user's personal organization; nobody has another one here.
 *
 * @throws Refusal 403 for a team that the organization does not have
 */
export function readTenant({ id }: EmulatorUser, teamId: string | undefined): Tenant {
  if (teamId !== undefined && teamId !== TEAM_ID) throw new Refusal(403, "Not a member of this team");
  return { organization_id: stableId(`organization of ${id}`), team_id: teamId ?? null };
}

export const identityHandlers: Handlers<v2.operations> = {
  getMe({ credential, tenant }) {
    const { user, scopes, type } = credential;
    return {
      user_id: user.id,
      email: user.email,
      name: user.name,
      timezone: user.timezone,
      organization: {
        id: tenant.organization_id,
        name: `${user.name ?? user.email} (personal)`,
        is_personal: true,
      },
      team: tenant.team_id === null ? null : { id: tenant.team_id, name: "Example team" },
      scopes: [...scopes],
      credential_type: type,
    };
  },

  listBlocks: ({ query }) => readPage(blocks, query),
};
