/**
 * The platform's time as this process knows it: its own clock, put right by the `Date` header of the
 * platform's answers, because the platform's instants are what expiry is compared with (oauth.md section 5.4).
 */
export class PlatformClock {
  #offset = 0;

  /** Milliseconds since 1970 on the platform's clock. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Learns from an answer's `Date`, which is cut to whole seconds; half a second is put back. */
  learn(headers: Headers): void {
    const date = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(date)) this.#offset = date + 500 - Date.now();
  }
}
