/** Who signed in. `id` is the only stable key; the rest is there where IDENTITY was granted. */
export interface User {
  /** The user's ID at the platform, a UUID. */
  readonly id: string;
  /** Nothing at the platform says that the address was verified. */
  readonly email?: string;
  readonly name?: string;
  /** An IANA time zone, such as `"Europe/London"`. */
  readonly timezone?: string;
}
