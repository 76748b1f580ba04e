import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { nginxPath } from "./needs.js";

/** A request that nginx passed on. */
export interface Passed {
  /** The process that answered, such as `127.0.0.1:4001`. */
  readonly to: string;
  readonly path: string;
  readonly status: number;
}

/** How long nginx has to begin, in milliseconds: a machine may be busy. */
const BEGINS_WITHIN = 10_000;

/** A real nginx for the rest of the test, with one server of `conf` that listens on `port`; ends with the test. */
export async function startNginx(conf: string, port: number): Promise<{ passed(): Passed[] }> {
  const folder = mkdtempSync(join(tmpdir(), "nginx-"));
  writeFileSync(join(folder, "app.conf"), conf);
  writeFileSync(join(folder, "nginx.conf"), frame(folder));
  const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")];
  const nginx = spawn(nginxPath() ?? "nginx", args, { stdio: "ignore" });
  const ended = once(nginx, "exit");
  onTestFinished(async () => {
    nginx.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  });
  const begins = () => {
    if (nginx.exitCode !== null) throw new Error(readFileSync(join(folder, "error.log"), "utf8"));
    return opens(port);
  };
  await vi.waitFor(begins, { timeout: BEGINS_WITHIN });
  return {
    passed: () =>
      readFileSync(join(folder, "access.log"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [to = "", path = "", status] = line.split(" ");
          return { to, path, status: Number(status) };
        }),
  };
}

/** What stands around a file of /etc/nginx/conf.d, with everything in one folder and in the foreground. */
function frame(folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  return `daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
events {}
http {
  log_format passed "$upstream_addr $uri $status";
  access_log ${folder}/access.log passed;
  ${temporary}
  include ${folder}/app.conf;
}
`;
}

function opens(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(void socket.destroy()));
    socket.once("error", reject);
  });
}
