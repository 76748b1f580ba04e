import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { parseArgs } from "node:util";
import { FAILED, Failure, MISUSED, messageOf, type RunCommand, readFlags } from "../command-line.js";
import { checkSeed } from "./check-seed.js";
import { type Emulator, startEmulator } from "./emulator.js";
import { DEFAULT_HOST } from "./hosts.js";
import type { EmulatorOptions } from "./options.js";
import type { Seed } from "./seed.js";

/** The port our examples and documentation use for the emulator. */
const DEFAULT_PORT = "3001";

const EMULATOR_HELP = `Usage: express-autogpt emulator [--port 3001] [--host ADDRESS] [--redirect-uri URL] [--backend-port N] [--config FILE]

  --port N            Where it listens. Default ${DEFAULT_PORT}; 0 takes any free port
  --host ADDRESS      The IPv4 address to listen on. Default ${DEFAULT_HOST}; 0.0.0.0 lets other containers in
  --redirect-uri URL  Register this redirect URI as well, for the first application; may be repeated
  --backend-port N    Two origins as on the cloud: pages on --port, /api and /external-api here
  --config FILE       JSON: {"applications": [{"client_id", "client_secret", "name", "redirect_uris", "scopes"}],
                      "users": [{"id", "email", "name", "timezone"}], "api_keys": [{"key", "user_id", "scopes"}]}
                      What is left out is filled in
  --help              Show this
`;

/** `npx express-autogpt emulator` */
export const runEmulator: RunCommand = async (args) => {
  const { values } = readFlags(() =>
    parseArgs({
      args,
      options: {
        port: { type: "string", default: DEFAULT_PORT },
        host: { type: "string", default: DEFAULT_HOST },
        "redirect-uri": { type: "string", multiple: true, default: [] },
        "backend-port": { type: "string" },
        config: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }),
  );
  if (values.help) return void process.stdout.write(EMULATOR_HELP);
  const backendPort = values["backend-port"];
  const ports = {
    port: readPort("--port", values.port),
    ...(backendPort !== undefined && { backendPort: readPort("--backend-port", backendPort) }),
  };
  const seed = addRedirectUris(await readConfig(values.config), values["redirect-uri"]);
  if (!isIPv4(values.host)) {
    throw new Failure(
      `--host must be an IPv4 address such as 0.0.0.0, not ${JSON.stringify(values.host)}`,
      MISUSED,
    );
  }
  const emulator = await start({ ...seed, ...ports, host: values.host });
  process.stdout.write(describe(emulator));
  // A terminal's Ctrl+C and a supervisor's stop end it in order, with exit code 0.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void emulator.stop());
  }
};

function readPort(flag: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Failure(`${flag} must be a port from 0 to 65535, not ${JSON.stringify(text)}`, MISUSED);
}

/** To the first application: it is the one an app of one's own uses unless a config file says more. */
function addRedirectUris(seed: Seed, added: readonly string[]): Seed {
  for (const uri of added) {
    if (URL.canParse(uri)) continue;
    const example = "http://localhost:8080/auth/callback";
    throw new Failure(
      `--redirect-uri must be an absolute URL such as ${example}, not ${JSON.stringify(uri)}`,
      MISUSED,
    );
  }
  const applications = seed.applications.map((application, index) =>
    index === 0
      ? { ...application, redirect_uris: [...new Set([...application.redirect_uris, ...added])] }
      : application,
  );
  return { ...seed, applications };
}

async function readConfig(file: string | undefined): Promise<Seed> {
  if (file === undefined) return checkSeed({});
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new Failure(`Cannot read the config file: ${messageOf(error)}`, FAILED);
  }
  try {
    return checkSeed(JSON.parse(text));
  } catch (error) {
    const problem = error instanceof SyntaxError ? `is not JSON: ${error.message}` : messageOf(error);
    throw new Failure(`The config file ${file}: ${problem}`, FAILED);
  }
}

async function start(options: EmulatorOptions): Promise<Emulator> {
  try {
    return await startEmulator(options);
  } catch (error) {
    const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    const hint = isTaken ? "\nThe port is in use. Take another with --port or --backend-port." : "";
    throw new Failure(`${messageOf(error)}${hint}`, FAILED);
  }
}

function describe({ url, backendUrl, application }: Emulator): string {
  const lines = [
    `AutoGPT emulator: ${url}`,
    ...(backendUrl === url ? [] : [`         Backend: ${backendUrl}`]),
    `       Client ID: ${application.client_id}`,
    `   Client secret: ${application.client_secret}`,
    `   Redirect URIs: ${application.redirect_uris.join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}
