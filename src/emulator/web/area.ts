import type { Express } from "express";
import { createArea } from "../area.js";
import type { Platform } from "../platform.js";
import { decideConsent, showConsent } from "./consent.js";
import { type Origins, showHome } from "./home.js";
import { logIn, showLogin } from "./login.js";
import { answerWebError, opens, submits } from "./pages.js";
import { decideWizard, showWizard } from "./setup-wizard.js";

/** The web app: what people see in a browser. */
export function createWebArea(platform: Platform, origins: () => Origins): Express {
  return createArea(
    {
      "/": opens(() => showHome(platform, origins())),
      "/login": submits(
        (req) => showLogin(platform, req),
        (req) => logIn(platform, req),
      ),
      "/auth/authorize": submits(
        (req) => showConsent(platform, req),
        (req) => decideConsent(platform, req),
      ),
      "/auth/integrations/setup-wizard": submits(
        (req) => showWizard(platform, req),
        (req) => decideWizard(platform, req),
      ),
    },
    answerWebError,
  );
}
