import { failed, ok, type Verdict, warning } from "./finding.js";

/** A machine whose time is kept differs by less; the `Date` header itself is exact to a second. */
const NOTABLE = 30_000;

/** Access tokens are replaced 5 minutes before they expire; 2 of them are there for clocks that differ. */
const TOO_MUCH = 120_000;

/** Whether this machine and the platform agree on the time. */
export function checkClock(ahead: number): Verdict {
  const difference = Math.abs(ahead);
  const seconds = Math.round(difference / 1000);
  const message = `This machine's clock is ${seconds} seconds ${ahead > 0 ? "behind" : "ahead of"} the platform's.`;
  const fix = "Set it by NTP (for example systemd-timesyncd or chrony).";
  if (difference > TOO_MUCH) return failed(message, fix);
  if (difference > NOTABLE) return warning(message, fix);
  return ok(`Differs from the platform's by less than ${NOTABLE / 1000} seconds.`);
}
