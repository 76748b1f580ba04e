#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { Failure, MISUSED, type RunCommand } from "./command-line.js";

interface Command {
  readonly summary: string;
  readonly load: () => Promise<RunCommand>;
}

// Loaded when it is called: the doctor must be able to say that Express, which the emulator needs, is missing.
const commands: Readonly<Record<string, Command>> = {
  emulator: {
    summary: "Run the AutoGPT Platform on this machine, for development and tests",
    load: async () => (await import("./emulator/command.js")).runEmulator,
  },
  doctor: {
    summary: "Check options, addresses, credentials, clock and grant store, and say what to mend",
    load: async () => (await import("./doctor/command.js")).runDoctor,
  },
};

async function showVersion(): Promise<void> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  const { version }: { version: string } = JSON.parse(text);
  process.stdout.write(`${version}\n`);
}

function help(): string {
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `Usage: express-autogpt COMMAND [flags]\n\n${list.join("\n")}\n\n  --version  Show the version\n  --help     Show this; also behind a command\n`;
}

async function main([name, ...args]: string[]): Promise<void> {
  if (name === "--version") return showVersion();
  if (name === "--help" || name === "-h") return void process.stdout.write(help());
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return (await command.load())(args);
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
