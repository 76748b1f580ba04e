import QuickLRU from "quick-lru";

/**
 * What a process remembers for a while and up to a number. quick-lru forgets what is too old only when it is asked
 * for it, and nobody asks for a grant that ended elsewhere: its tokens would stay until thousands came after it.
 */
export class Recent<Value> extends QuickLRU<string, Value> {
  readonly #lasts: number;
  #sweepAt = 0;

  constructor(options: { maxSize: number; maxAge: number }) {
    super(options);
    this.#lasts = options.maxAge;
  }

  override set(name: string, value: Value): this {
    super.set(name, value);
    const now = Date.now();
    if (now >= this.#sweepAt) {
      this.#sweepAt = now + this.#lasts;
      for (const _ of this); // going through it drops what is too old
    }
    return this;
  }
}
