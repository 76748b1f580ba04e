import type { RequestListener } from "node:http";
import { createControlArea } from "./control-area.js";
import { createDocsPage, isDocsPath } from "./external-api/docs.js";
import { createEngine } from "./external-api/engine.js";
import { createStorage, STORAGE_PATH } from "./external-api/storage.js";
import { createOAuthArea } from "./oauth/area.js";
import type { Platform } from "./platform.js";
import type { FindPart, Part } from "./server.js";
import { createWebArea } from "./web/area.js";
import type { Origins } from "./web/home.js";

export interface Parts {
  readonly one: FindPart;
  readonly web: FindPart;
  readonly backend: FindPart;
}

/** Which part of the platform answers a path, with everything on one origin or on two. */
export function createParts(platform: Platform, origins: () => Origins): Parts {
  const control: Part = { listener: createControlArea(platform), isControl: true };
  const webApp = toPart(createWebArea(platform, origins));
  const oauth = toPart(createOAuthArea(platform));
  const v1 = toPart(createEngine(platform, "v1"));
  const v2 = toPart(createEngine(platform, "v2"));
  const docs = toPart(createDocsPage());
  const storage = toPart(createStorage(platform));

  const backend = (path: string): Part => {
    if (isUnder(path, STORAGE_PATH)) return storage;
    if (isDocsPath(path)) return docs;
    if (isUnder(path, "/external-api/v2")) return v2;
    return isUnder(path, "/external-api/v1") ? v1 : oauth;
  };
  const web = (path: string): Part => (isUnder(path, "/_emulator") ? control : webApp);
  const one = (path: string): Part =>
    ["/api", "/external-api", STORAGE_PATH].some((base) => isUnder(path, base)) ? backend(path) : web(path);
  return { one, web, backend };
}

function toPart(listener: RequestListener): Part {
  return { listener, isControl: false };
}

function isUnder(path: string, base: string): boolean {
  return path === base || path.startsWith(`${base}/`);
}
