import type { v1 } from "../../api/schema.js";

type Provider = v1.components["schemas"]["Provider"];

function provider(name: string, kind: "oauth" | "api_key", default_scopes: string[] = []): Provider {
  return {
    name,
    supports_oauth: kind === "oauth",
    supports_api_key: true,
    supports_user_password: false,
    supports_host_scoped: false,
    default_scopes,
  };
}

/** Some of the third parties that the platform connects to. */
export const providers: readonly Provider[] = [
  provider("github", "oauth", ["repo"]),
  provider("google", "oauth", ["https://www.googleapis.com/auth/userinfo.email"]),
  provider("notion", "oauth"),
  provider("openai", "api_key"),
];
