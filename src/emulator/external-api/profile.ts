import type { v2 } from "../../api/schema.js";
import type { Caller, Handlers } from "./call.js";

type Profile = v2.components["schemas"]["MarketplaceProfile"];

function readProfile({ workspace, credential }: Caller): Profile {
  const { name, email } = credential.user;
  const username = email.split("@")[0] ?? email;
  const blank = { name: name ?? username, username, description: "", links: [], avatar_url: null };
  return { ...blank, is_featured: false, ...workspace.profile };
}

export const profileHandlers: Handlers<v2.operations> = {
  getMyProfile: (call) => ({
    ...readProfile(call),
    num_agents: 0,
    agent_runs: 0,
    agent_rating: 0,
    top_categories: [],
  }),

  updateMyProfile(call) {
    const { avatar_url, ...texts } = call.body;
    // Only the avatar can be taken away; null elsewhere changes nothing.
    const given = Object.entries(texts).filter(([, value]) => value !== null && value !== undefined);
    const avatar = avatar_url === undefined ? {} : { avatar_url };
    Object.assign(call.workspace.profile, Object.fromEntries(given), avatar);
    return readProfile(call);
  },
};
