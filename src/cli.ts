#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { checkSeed } from "./emulator/check-seed.js";
import { type Emulator, type EmulatorOptions, startEmulator } from "./emulator/index.js";

/** The port our examples and documentation use for the emulator. */
const DEFAULT_PORT = "3001";
const FAILED = 1;
const MISUSED = 2;

/** Ends the command with a message for people: no stack. */
class Failure extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

interface Command {
  readonly summary: string;
  readonly run: (args: string[]) => Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  emulator: {
    summary: "Run the AutoGPT Platform on this machine, for development and tests",
    run: runEmulator,
  },
};

const EMULATOR_HELP = `Usage: express-autogpt emulator [--port 3001] [--backend-port N] [--config FILE]

  --port N          Where it listens on 127.0.0.1. Default ${DEFAULT_PORT}; 0 takes any free port
  --backend-port N  Two origins as on the cloud: pages on --port, /api and /external-api here
  --config FILE     JSON: {"applications": [{"client_id", "client_secret", "name", "redirect_uris", "scopes"}],
                    "users": [{"id", "email", "name", "timezone"}], "api_keys": [{"key", "user_id", "scopes"}]}
  --help            Show this
`;

async function runEmulator(args: string[]): Promise<void> {
  const { values } = readFlags(() =>
    parseArgs({
      args,
      options: {
        port: { type: "string", default: DEFAULT_PORT },
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
  const emulator = await start({ ...(await readConfig(values.config)), ...ports });
  process.stdout.write(describe(emulator));
  // A terminal's Ctrl+C and a supervisor's stop end it in order, with exit code 0.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void emulator.stop());
  }
}

function readFlags<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Failure(`${messageOf(error)}\nTry: express-autogpt --help`, MISUSED);
  }
}

function readPort(flag: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Failure(`${flag} must be a port from 0 to 65535, not ${JSON.stringify(text)}`, MISUSED);
}

async function readConfig(file: string | undefined): Promise<EmulatorOptions> {
  if (file === undefined) return {};
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

async function showVersion(): Promise<void> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  const { version }: { version: string } = JSON.parse(text);
  process.stdout.write(`${version}\n`);
}

function help(): string {
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `Usage: express-autogpt COMMAND [flags]\n\n${list.join("\n")}\n\n  --version  Show the version\n  --help     Show this; also behind a command\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function main([name, ...args]: string[]): Promise<void> {
  if (name === "--version") return showVersion();
  if (name === "--help" || name === "-h") return void process.stdout.write(help());
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command.run(args);
  const problem = name === undefined ? "Say which command." : `Unknown command: ${name}`;
  throw new Failure(`${problem}\n\n${help()}`, MISUSED);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`express-autogpt: ${error.message.trimEnd()}\n`);
  process.exitCode = error.exitCode;
}
