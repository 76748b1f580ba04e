/** Where a secret must never stand. */
export type Channel =
  | "output"
  | "error"
  | "event"
  | "url"
  | "location"
  | "store"
  | "body"
  | "header"
  | "cookie";

/** What nobody saw on the wire, but looks like a token of the platform. */
export const BY_SHAPE = "token by its shape";

/** What is kept from everybody. */
export type SecretKind =
  | "access token"
  | "refresh token"
  | "authorization code"
  | "code verifier"
  | "client secret"
  | "API key"
  | "cookie"
  | "session ID"
  | "AUTOGPT_SECRET"
  | typeof BY_SHAPE;

export interface Finding {
  readonly channel: Channel;
  readonly kind: SecretKind;
  /** What stood around it; secrets are cut. */
  readonly around: string;
}

/** Shorter things are names of tests, and could stand anywhere. */
const SHORTEST = 20;
const WORD = new RegExp(`[\\w-]{${SHORTEST},}`, "g");

/** The platform's prefixes, but for client IDs and the emulator's own web session cookie. */
const TOKEN = /agpt_(?!client_|web_session)[\w-]{20,}/;

/** The places where a kind belongs. */
const BELONGS: Partial<Record<Channel, readonly SecretKind[]>> = {
  url: ["authorization code"], // of a callback, seen by a proxy before the app
  cookie: ["cookie", "session ID"],
  store: ["session ID"],
};

/**
 * Knows the secrets that went over the wire, and the words that were shown; compares them at the end, because a
 * secret can be shown before anybody knows that it is one.
 */
export class Canary {
  readonly #secrets = new Map<string, SecretKind>();
  readonly #shown = new Map<string, { channel: Channel; around: string }>();

  readonly #played = new Set<Channel>();

  get secrets(): readonly (readonly [string, SecretKind])[] {
    return [...this.#secrets];
  }

  /** A secret; of one with other characters in it, such as a signed cookie, the longest word. */
  note(kind: SecretKind, value: unknown): void {
    if (typeof value !== "string") return;
    const [longest] = wordsOf(value).sort((a, b) => b.length - a.length);
    if (longest !== undefined) this.#secrets.set(longest, kind);
  }

  /** A text that others can see. */
  show(channel: Channel, text: string): void {
    for (const { word, at } of placesOf(text)) {
      const name = `${channel} ${word}`;
      if (this.#shown.has(name)) continue;
      const around = text.slice(Math.max(0, at - 80), at) + word;
      this.#shown.set(name, { channel, around: around.replaceAll(WORD, cut) });
    }
  }

  /** Lets a channel be: a test plays a program there that shows secrets. */
  ignore(channel: Channel): void {
    this.#played.add(channel);
  }

  findings(): Finding[] {
    return [...this.#shown].flatMap(([name, { channel, around }]) => {
      if (this.#played.has(channel)) return [];
      const word = name.slice(channel.length + 1);
      const kind = this.#secrets.get(word) ?? (TOKEN.test(word) ? BY_SHAPE : undefined);
      return kind === undefined || BELONGS[channel]?.includes(kind) ? [] : [{ channel, kind, around }];
    });
  }
}

/** Enough to find it, too little to use it. */
const cut = (word: string) => `${word.slice(0, 16)}...`;

function wordsOf(text: string): string[] {
  return placesOf(text).map(({ word }) => word);
}

/** Percent-encoding and escapes of a terminal would hide where a word begins. */
function placesOf(text: string): { word: string; at: number }[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal's escapes begin with
  const plain = text.replaceAll(/%[0-9a-f]{2}|\x1b\[[\d;]*m/gi, (found) => " ".repeat(found.length));
  return [...plain.matchAll(WORD)].map(({ 0: word, index: at }) => ({ word, at }));
}
