import type { v2 } from "../../api/schema.js";
import type { Caller } from "./call.js";
import type { AgentDefinition } from "./data/agent-definition.js";

type Schemas = v2.components["schemas"];

/** The third-party credentials an agent asks for, each with those of the user that fit. */
export function listRequirements(
  { workspace }: Pick<Caller, "workspace">,
  { credentials }: AgentDefinition,
): Schemas["CredentialRequirement"][] {
  return credentials.map((need) => ({
    field_name: need.field_name,
    provider: need.provider,
    supported_types: [...need.supported_types],
    required_scopes: [...need.required_scopes],
    matching_credentials: [...workspace.credentials.values()].filter(
      ({ provider, type }) => provider === need.provider && need.supported_types.includes(type),
    ),
  }));
}
