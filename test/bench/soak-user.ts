import type { Emulator } from "express-autogpt/emulator";
import { Browser, locationOf } from "../harness/browser.js";
import type { Random } from "./random.js";

/** What all users together did, and what was not as it must be. */
export interface SoakBooks {
  readonly done: Record<string, number>;
  /** Answers that were not what this user must get, told in words. */
  readonly wrong: string[];
}

/** A person with a browser who does what people do, one thing after the other. */
export class SoakUser {
  #browser = new Browser();
  signedIn = false;

  constructor(
    readonly id: string,
    readonly emulator: Emulator,
    readonly url: string,
    readonly random: Random,
    readonly books: SoakBooks,
  ) {}

  async act(): Promise<void> {
    try {
      await this.#doSomething();
    } catch (error) {
      this.books.wrong.push(`${this.id}: ${error}`);
    }
  }

  async #doSomething(): Promise<void> {
    if (!this.signedIn) return this.signIn();
    const luck = this.random.between(1, 100);
    if (luck <= 40) return this.callApi();
    if (luck <= 60) return this.#expectMine(`/background/${this.id}`);
    if (luck <= 80) return this.#expectMine("/whoami");
    if (luck <= 88) return this.#stepUp();
    if (luck <= 90) return this.#deny();
    if (luck <= 92) return this.signIn(); // again, while signed in
    if (luck <= 94) return this.#turnAway();
    return this.#signOut();
  }

  async callApi(): Promise<void> {
    await this.#expectMine("/me");
  }

  async signIn(): Promise<void> {
    const landed = await this.#browser.signIn(this.emulator, this.url, { userId: this.id });
    this.#expectStatus("sign-in", landed, 302);
    this.signedIn = true;
  }

  /** Whether this user is who they are, at the app and at the platform. */
  async isRight(): Promise<boolean> {
    const before = this.books.wrong.length;
    await this.#expectMine("/whoami").catch((error: unknown) => this.books.wrong.push(String(error)));
    await this.#expectMine("/me").catch((error: unknown) => this.books.wrong.push(String(error)));
    return this.books.wrong.length === before;
  }

  async #expectMine(path: string): Promise<void> {
    const answer = await this.#browser.fetch(this.url + path, { headers: { accept: "application/json" } });
    this.#expectStatus(path.replace(/^(\/background).*/, "$1"), answer, 200);
    const { user, me = user } = Object(await answer.json());
    if (user !== this.id || me !== this.id) this.books.wrong.push(`${path}: ${user}, ${me} for ${this.id}`);
  }

  /** A page whose scope was not granted yet asks for it, and is shown afterwards. */
  async #stepUp(): Promise<void> {
    const page = `${this.url}/runs`;
    const asked = await this.#browser.open(page);
    if (asked.status === 200) return;
    const login = await this.#browser.open(new URL(locationOf(asked), page).href);
    const callback = await this.emulator.consent(locationOf(login), { userId: this.id });
    this.#expectStatus("step-up", await this.#browser.open(callback), 302);
    await this.#expectMine("/runs");
  }

  async #deny(): Promise<void> {
    const options = { userId: this.id, decision: "deny" } as const;
    const back = await this.#browser.consent(this.emulator, `${this.url}/auth/login`, options);
    this.#expectStatus("denied", await this.#browser.open(back), 400);
  }

  /** Goes to the consent page and never comes back. */
  async #turnAway(): Promise<void> {
    this.#expectStatus("turned away", await this.#browser.open(`${this.url}/auth/login`), 302);
  }

  async #signOut(): Promise<void> {
    this.#expectStatus("sign-out", await this.#browser.post(`${this.url}/auth/logout`), 303);
    this.signedIn = false;
    const who = Object(await this.#browser.json(`${this.url}/whoami`));
    if (who.user !== null) this.books.wrong.push(`${who.user} after the sign-out of ${this.id}`);
  }

  #expectStatus(what: string, { status }: Response, expected: number): void {
    this.books.done[what] = (this.books.done[what] ?? 0) + 1;
    if (status !== expected) throw new Error(`${what} was answered ${status}`);
  }
}
