import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { nginxPath } from "../harness/needs.js";
import { isListening, startProgram } from "./processes.js";

const run = promisify(execFile);

/** A certificate for localhost that nobody but our own browser trusts. */
export interface Certificate {
  readonly folder: string;
  readonly pem: string;
}

/** Makes `cert.pem` and `key.pem`, valid for a day, in a folder. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const files = ["-keyout", "key.pem", "-out", "cert.pem"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...name, ...files], {
    cwd: folder,
  });
  return { folder, pem: await readFile(join(folder, "cert.pem"), "utf8") };
}

interface Proxy {
  readonly port: number;
  readonly appPort: number;
  readonly certificate: Certificate;
  /** A prefix that the app does not get to see, such as `/app`. */
  readonly strip: string;
}

/** Starts an nginx of our own that ends TLS before an app. */
export async function startNginx(proxy: Proxy): Promise<{ stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "express-autogpt-nginx-"));
  await writeFile(join(folder, "nginx.conf"), describeSite(proxy, folder));
  const nginx = await startProgram(
    nginxPath() ?? "nginx",
    ["-p", folder, "-c", "nginx.conf", "-e", "stderr"],
    {
      cwd: folder,
      isReady: () => isListening(proxy.port),
    },
  );
  return {
    async stop() {
      await nginx.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** As the guides have it: the four headers, and a slash on both sides where the prefix goes. */
function describeSite({ port, appPort, certificate, strip }: Proxy, folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `
daemon off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  ${temporary.join("\n  ")}
  server {
    listen 127.0.0.1:${port} ssl;
    server_name localhost;
    ssl_certificate ${certificate.folder}/cert.pem;
    ssl_certificate_key ${certificate.folder}/key.pem;
    location ${strip}/ {
      proxy_pass http://127.0.0.1:${appPort}${strip && "/"};
      proxy_set_header Host $http_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;
}
