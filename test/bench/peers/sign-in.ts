import { locationOf } from "../../harness/browser.js";
import type { Peer } from "./peer.js";

/** How a browser signs in: by a link, by our own login, or by the form of Auth.js. */
export type WayToSignIn = "link" | "autogpt" | "auth.js";

const ways: Readonly<Record<WayToSignIn, (peer: Peer, userId?: string) => Promise<void>>> = {
  link: ({ browser, url }) => follow(browser, `${url}/sign-in`),

  async autogpt({ browser, url, surroundings: { emulator } }, userId) {
    emulator.updateApplication(emulator.application.client_id, { redirect_uris: [`${url}/auth/callback`] });
    await browser.signIn(emulator, url, userId === undefined ? {} : { userId });
  },

  async "auth.js"({ browser, url }) {
    const answer: unknown = await browser.json(`${url}/auth/csrf`);
    const csrfToken = String(Object(answer).csrfToken);
    const body = new URLSearchParams({ csrfToken, callbackUrl: `${url}/user` });
    const begun = await browser.fetch(`${url}/auth/signin/local`, { method: "POST", body });
    await follow(browser, locationOf(begun));
  },
};

/** Signs the peer's browser in, by a real sign-in at its provider where the peer has one. */
export async function signInAt(peer: Peer, userId?: string): Promise<void> {
  await ways[peer.kind.signsIn](peer, userId);
}

async function follow(browser: Peer["browser"], url: string): Promise<void> {
  let here = url;
  for (;;) {
    const answer = await browser.open(here);
    if (answer.status < 300 || answer.status >= 400) return;
    here = new URL(locationOf(answer), here).href;
  }
}
