import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { walkConsent } from "../../src/emulator/walk-consent.js";
import { type Program, startProgram } from "./processes.js";

/** Who signs in where nothing else is said, and somebody else. */
export const EVE = {
  id: "7c0d3d3e-6f5b-4a83-9c57-1d2f3f0f7a10",
  email: "eve@example.com",
  name: "Eve",
  timezone: "Europe/Paris",
};
export const MALLORY = {
  id: "0f6f0a3c-8d43-4a6c-8b1e-5f2f5b0f4c21",
  email: "mallory@example.com",
  name: "Mallory",
  timezone: "Asia/Tokyo",
};
const API_KEY = "agpt_key_of_the_matrix";

/** The emulator as the installed package runs it. */
export interface Platform {
  readonly program: Program;
  /** What tells an app where the platform is and who the app is; one for each redirect URI. */
  readonly environments: readonly Readonly<Record<string, string>>[];
  /** Goes through the consent page; answers the callback's address. */
  consent(url: string, options?: { userId?: string }): Promise<string>;
  /** The names of the first blocks, asked for without the package. */
  readBlocks(limit: number): Promise<string[]>;
}

interface Installed {
  /** The program of the Node to run it with. */
  readonly node: string;
  /** Where the package was installed. */
  readonly app: string;
  /** Where files may be left. */
  readonly folder: string;
}

/** Starts the package's own command, with one application for each redirect URI. */
export async function startPlatform(
  { node, app, folder }: Installed,
  redirectUris: readonly string[],
): Promise<Platform> {
  const applications = redirectUris.map((redirectUri, index) => ({
    client_id: `agpt_client_matrix${index}`,
    client_secret: `agpt_secret_${randomBytes(32).toString("base64url")}`,
    name: `Matrix ${index}`,
    redirect_uris: [redirectUri],
    scopes: ["IDENTITY", "READ_BLOCK"],
  }));
  const api_keys = [{ key: API_KEY, user_id: EVE.id, scopes: ["READ_BLOCK"] }];
  const config = join(folder, "emulator.json");
  await writeFile(config, JSON.stringify({ applications, users: [EVE, MALLORY], api_keys }));
  const command = join(app, "node_modules/.bin/express-autogpt");
  // Two origins, as on the cloud.
  const args = [command, "emulator", "--port", "0", "--backend-port", "0", "--config", config];
  const program = await startProgram(node, args, {
    cwd: folder,
    isReady: (output) => output.includes("Redirect URIs:"),
  });
  const [webUrl = "", backendUrl = ""] = program.output.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
  return {
    program,
    environments: applications.map((application) => ({
      AUTOGPT_WEB_URL: webUrl,
      AUTOGPT_BACKEND_URL: backendUrl,
      AUTOGPT_CLIENT_ID: application.client_id,
      AUTOGPT_CLIENT_SECRET: application.client_secret,
      AUTOGPT_REDIRECT_URI: application.redirect_uris[0] ?? "",
      AUTOGPT_SECRET: randomBytes(32).toString("base64"),
    })),
    async consent(authorizationUrl, { userId = EVE.id } = {}) {
      const answer = await fetch(`${webUrl}/_emulator/sessions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ user_id: userId }),
      });
      const { token } = (await answer.json()) as { token: string }; // as the README has it
      return walkConsent({ webUrl, authorizationUrl, session: token, decision: "authorize" });
    },
    async readBlocks(limit) {
      const url = `${backendUrl}/external-api/v2/blocks?limit=${limit}`;
      const answer = await fetch(url, { headers: { "X-API-Key": API_KEY } });
      const { items } = (await answer.json()) as { items: { name: string }[] }; // v2.yaml
      return items.map(({ name }) => name);
    },
  };
}
