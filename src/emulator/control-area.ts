import type { Express, Request } from "express";
import { type Answer, Refusal } from "./answer.js";
import { createArea } from "./area.js";
import { readText } from "./body.js";
import {
  advanceClock,
  createSession,
  expire,
  setRunStatus,
  UnknownThing,
  updateApplication,
  updateSettings,
} from "./controls.js";
import type { Platform } from "./platform.js";

const done: Answer = { status: 200, json: { status: "ok" } };

/** The controls over HTTP, for tests in any language. None of it exists at the platform. */
export function createControlArea(platform: Platform): Express {
  const control = (act: (given: unknown, req: Request) => void) => async (req: Request) => {
    act(await readJson(req), req);
    return done;
  };
  return createArea(
    {
      "/_emulator/reset": { POST: control(() => platform.reset()) },
      "/_emulator/sessions": {
        POST: async (req) => ({
          status: 200,
          json: { token: createSession(platform, member(await readJson(req), "user_id")) },
        }),
      },
      "/_emulator/clock": {
        POST: control((given) => advanceClock(platform, member(given, "advance_seconds"))),
      },
      "/_emulator/expire": { POST: control((given) => expire(platform, member(given, "value"))) },
      "/_emulator/applications/:client_id": {
        PATCH: control((given, req) => updateApplication(platform, String(req.params.client_id), given)),
      },
      "/_emulator/runs/:run_id": {
        POST: control((given, req) => setRunStatus(platform, req.params.run_id, member(given, "status"))),
      },
      "/_emulator/faults": { POST: control((given) => platform.faults.add(given)) },
      "/_emulator/settings": { POST: control((given) => updateSettings(platform, given)) },
      "/_emulator/requests": {
        GET: () => ({ status: 200, json: { requests: platform.log.list() } }),
        DELETE: control(() => platform.log.clear()),
      },
    },
    answerControlError,
  );
}

async function readJson(req: Request): Promise<unknown> {
  const text = await readText(req);
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError("The body must be JSON");
  }
}

/** The one member a small control takes. */
function member(given: unknown, name: string): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(`The body must be a JSON object: send {"${name}": ...}`);
  }
  const other = Object.keys(given).find((key) => key !== name);
  if (other !== undefined) throw new TypeError(`${other} is not known here: send {"${name}": ...}`);
  return Object.entries(given).find(([key]) => key === name)?.[1];
}

function answerControlError(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  return { status: statusOf(error), json: { error: message } };
}

function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.status;
  if (error instanceof UnknownThing) return 404;
  return error instanceof TypeError ? 400 : 500;
}
