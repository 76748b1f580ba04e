import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, afterEach, beforeAll } from "vitest";
import { SECRET } from "../harness/app.js";

const ROOT = new URL("../..", import.meta.url).pathname;
const PACKAGES = ["express", "express-session", "redis", "ioredis", "pg"];

export interface Finding {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly fix?: string;
}

export interface Visit {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  /** Of the check with this name; the first, if it has several. */
  find(name: string): Finding;
  readonly findings: readonly Finding[];
}

export interface DoctorSettings {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Goes into `autogpt.options.mjs`, which is then what `--config` names. */
  readonly options?: string;
  readonly text?: boolean;
}

/** An emulator with two origins, an app's folder, and the built command run in it. */
export function useDoctor() {
  let emulator: Emulator | undefined;
  let folder = "";
  const servers: { close(): unknown; closeAllConnections(): void }[] = [];
  beforeAll(async () => {
    emulator = await startEmulator({ backendPort: 0 });
    folder = makeFolder();
  });
  afterEach(() => {
    emulator?.reset();
    emulator?.clearRequests();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  afterAll(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true });
  });

  return {
    get emulator(): Emulator {
      if (!emulator) throw new Error("The emulator runs within tests only");
      return emulator;
    },
    get folder() {
      return folder;
    },
    /** What the app of these tests has in its environment, and nothing of this process but the path. */
    get env() {
      return {
        PATH: process.env.PATH,
        AUTOGPT_CLIENT_ID: this.emulator.application.client_id,
        AUTOGPT_CLIENT_SECRET: this.emulator.application.client_secret,
        AUTOGPT_SECRET: SECRET,
        AUTOGPT_REDIRECT_URI: "http://localhost:3000/auth/callback",
        AUTOGPT_WEB_URL: this.emulator.webUrl,
        AUTOGPT_BACKEND_URL: this.emulator.backendUrl,
      };
    },
    write(name: string, text: string): string {
      writeFileSync(join(folder, name), text);
      return name;
    },
    /** A server of the test's own. */
    async serve(listener: RequestListener): Promise<string> {
      const server = createServer(listener).listen(0, "127.0.0.1");
      servers.push(server);
      await once(server, "listening");
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async run({ args = [], env = {}, options, text = false }: DoctorSettings = {}): Promise<Visit> {
      const config = options === undefined ? [] : ["--config", this.write("autogpt.options.mjs", options)];
      const all = ["doctor", ...config, ...args, ...(text ? [] : ["--json"])];
      return runCommand(all, folder, { ...this.env, ...env });
    },
  };
}

/** The package, Express and the drivers as `npm install` puts them there. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "doctor-"));
  mkdirSync(join(folder, "node_modules"));
  for (const name of PACKAGES) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  symlinkSync(ROOT, join(folder, "node_modules", "express-autogpt"));
  return folder;
}

/** Runs the command to its end; `findings` are those of `--json`. */
export async function runCommand(args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Visit> {
  const child = spawn(process.execPath, [join(ROOT, "dist/cli.js"), ...args], {
    ...{ cwd, env, stdio: ["ignore", "pipe", "pipe"] },
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, "close");
  const { findings = [] }: { findings?: Finding[] } = output.startsWith("{") ? JSON.parse(output) : {};
  const find = (name: string): Finding => {
    const finding = findings.find((one) => one.name === name);
    if (!finding) throw new Error(`No check is called ${name}:\n${output}${errors}`);
    return finding;
  };
  return { code: Number(code), output, errors, find, findings };
}

/** An address at which nobody listens. */
export async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
