import { accessSync, constants } from "node:fs";
import { connect } from "node:net";
import { describe, test } from "vitest";

/** What some suites need and not every machine has. */
type Need = "a browser" | "nginx" | "Redis" | "PostgreSQL";

interface Kind {
  readonly find: () => Promise<unknown>;
  /** How to get it on Debian, which is what CI runs on. */
  readonly fix: string;
}

const kinds: Readonly<Record<Need, Kind>> = {
  "a browser": {
    find: async () => chromiumPath(),
    fix: "no Chromium: apt-get install chromium, or set CHROMIUM_PATH",
  },
  nginx: {
    find: async () => nginxPath(),
    fix: "no nginx: apt-get install nginx",
  },
  Redis: {
    find: () => listens(6379),
    fix: "nothing listens on 127.0.0.1:6379: apt-get install redis-server",
  },
  PostgreSQL: {
    find: () => listens(5432),
    fix: "nothing listens on 127.0.0.1:5432: apt-get install postgresql",
  },
};

/**
 * `describe` where the machine has what the suite needs. Where not, the suite is left out and one line says so;
 * with CI=true that line is a failing test instead.
 *
 * @example
 * const describeWithRedis = await needs("Redis", "the Redis store");
 * describeWithRedis("redisGrants", () => { ... });
 */
export async function needs(need: Need, suite: string): Promise<(name: string, body: () => void) => void> {
  const { find, fix } = kinds[need];
  if (await find()) return (name, body) => void describe(name, body);
  const line = `left out: ${suite} (${fix})`;
  if (process.env.CI === "true") {
    test(`${suite} has ${need}`, () => {
      throw new Error(`CI leaves nothing out, but ${line}`);
    });
  } else {
    console.warn(line);
  }
  return (name, body) => void describe.skip(name, body);
}

/** For a suite that is asked for by its name: throws where the machine lacks what it needs, and says how to get it. */
export async function demand(need: Need): Promise<void> {
  const { find, fix } = kinds[need];
  if (!(await find())) throw new Error(fix);
}

/** Where Chromium is, if it is there. `CHROMIUM_PATH` decides alone when it is set. */
export function chromiumPath(): string | undefined {
  const { CHROMIUM_PATH } = process.env;
  const places = CHROMIUM_PATH
    ? [CHROMIUM_PATH]
    : ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];
  return places.find(isExecutable);
}

/** Where nginx is, if it is there. */
export function nginxPath(): string | undefined {
  return ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"].find(
    isExecutable,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Long enough for a busy machine; a closed port answers at once. */
const PATIENCE = 2000;

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: PATIENCE });
    const end = (here: boolean) => {
      socket.destroy();
      resolve(here);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
