/** Run by canary.test.ts in a vitest of its own: an app that shows secrets in every way there is. */
import { execFile, execFileSync } from "node:child_process";
import { channel } from "node:diagnostics_channel";
import { promisify } from "node:util";
import { StoreError } from "express-autogpt";
import { startEmulator } from "express-autogpt/emulator";
import { it } from "vitest";
import { startApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { showStored } from "./watch.js";

/** Its name stands at its beginning, which the canary tells. */
const token = (name: string) => `agpt_xt_${name.padEnd(43, "0")}`;

it("leaks in the file", async () => {
  const emulator = await startEmulator();
  const app = await startApp(emulator, {
    routes(express) {
      express.get("/body", (req, res) => void res.send(`a code: ${req.query.code}`));
      express.get("/header", (_req, res) => void res.set("X-Leak", token("header")).end());
      express.get("/cookie", (_req, res) => void res.cookie("leak", token("cookie")).end());
      express.get("/location", (_req, res) => res.redirect(`/?${token("location")}`));
      express.get("/error", () => {
        throw new Error(token("handler"));
      });
    },
  });
  const browser = new Browser();
  const callback = await browser.consent(emulator, `${app.url}/auth/login`);
  await browser.open(callback);
  await browser.open(`${app.url}/body${new URL(callback).search}`);
  for (const path of ["/header", "/cookie", "/location", "/error"]) await browser.open(app.url + path);
  void new StoreError(token("made"));
  channel("express-autogpt:fault").publish({ message: token("event") });
  await fetch(`${emulator.url}/${token("url")}`);
  await promisify(app.store.set).call(app.store, token("session"), {
    cookie: { originalMaxAge: 1 },
    cart: "",
  });
  showStored(token("grant"));
  const program = `console.error("${token("child")}")`;
  await promisify(execFile)(process.execPath, ["-e", program]);
  process.emitWarning(token("warning"));
  await app.stop();
  await emulator.stop();
});

it("leaks on the output", () => {
  process.stdout.write(`${token("stdout")}\n`);
  process.stderr.write(`${token("stderr")}\n`);
  console.log(token("console"));
  execFileSync(process.execPath, ["-e", `console.log("${token("grandchild")}")`], { stdio: "inherit" });
});
