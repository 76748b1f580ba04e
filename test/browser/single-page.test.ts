// The recipe of a single-page front end, in a real browser.
import { startEmulator } from "express-autogpt/emulator";
import { expect, onTestFinished, test, vi } from "vitest";
import { startRecipe } from "../example/recipe.js";
import { needs } from "../harness/needs.js";
import { comeIn, launchChromium } from "./chromium.js";

vi.setConfig({ testTimeout: 60_000 }); // several processes begin, on a machine that may be busy

const describeWithBrowser = await needs("a browser", "the recipe of a single-page front end");

describeWithBrowser("a single-page front end", () => {
  test("signs in, asks for more when a button needs it, and signs out", async () => {
    const [browser, emulator] = await Promise.all([launchChromium(), startEmulator()]);
    onTestFinished(async () => void (await Promise.all([browser.close(), emulator.stop()])));
    const { url, program } = await startRecipe("single-page/server.ts", emulator);
    const person = await comeIn(browser);
    const tab = await person.openTab();
    const press = (name: string) => tab.getByRole("button", { name }).click();

    await tab.goto(url);
    await tab.getByText("Nobody is signed in.").waitFor();
    await press("Sign in with AutoGPT");
    await press("Ada Lovelace");
    expect(await tab.getByText("READ_LIBRARY").count()).toBe(0);
    await press("Authorize");
    await tab.getByText("Hello Ada Lovelace.").waitFor();

    await press("Show my agents");
    await tab.getByText("READ_LIBRARY").waitFor();
    await press("Authorize");
    await tab.getByText("Hello Ada Lovelace.").waitFor();
    expect(tab.url()).toBe(`${url}/`);
    await press("Show my agents");
    await tab.getByRole("listitem").filter({ hasText: "Summarize a text" }).waitFor();

    await press("Sign out");
    await tab.getByText("Nobody is signed in.").waitFor();
    await person.leave();
    expect(await program.stop()).toBe(0);
  });
});
