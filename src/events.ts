import diagnostics from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { AutoGPTError } from "./errors.js";

/** @inline */
interface AboutGrant {
  /** The user's ID at the platform. */
  readonly userId: string;
  /** Names the grant; as in `signInsOf()`. */
  readonly grantId: string;
}

/** What happens to grants; ids, scopes, durations and outcomes, never a token. */
export interface AutoGPTEvents {
  /** Somebody signed in; their grant is stored. */
  signIn: AboutGrant & {
    /** What was granted, in the order asked for. */
    readonly scopes: readonly string[];
  };
  /** A grant was ended by sign-out. */
  signOut: AboutGrant & {
    /** `false` with the option `signOut: { revoke: false }`, which keeps it for background work. */
    readonly revoked: boolean;
  };
  /** New tokens are stored. */
  refresh: AboutGrant & {
    /** Milliseconds from the call to the stored tokens. */
    readonly durationMs: number;
  };
  /** The platform refused the refresh token: the user must sign in again. */
  grantLost: AboutGrant & {
    /** `"interrupted"`: an earlier refresh brought no answer or a fault, so its tokens may have been lost. */
    readonly reason: "refused" | "interrupted";
  };
  /** Something went wrong that an operator wants to know; no grant was lost by it. */
  fault: Partial<AboutGrant> & {
    /** The error's code, such as `"application_refused"`, or `"grant_unreadable"`, or `"unexpected"`. */
    readonly code: string;
    /** What happened and what to do, without a secret. */
    readonly message: string;
  };
}

/** Tells the app's listeners, and the diagnostics channels `express-autogpt:<event>`. */
export class Events extends EventEmitter<{ [Name in keyof AutoGPTEvents]: [AutoGPTEvents[Name]] }> {
  /** Tells everybody; a listener that throws or rejects stops neither the other listeners nor us. */
  tell<Name extends keyof AutoGPTEvents>(name: Name, event: AutoGPTEvents[Name]): void {
    // Not emit(), which ends at the first listener that throws. A generic name has no listeners to TypeScript.
    for (const listener of (this as EventEmitter).rawListeners(name)) {
      void guarded(name, () => Reflect.apply(listener, this, [event]));
    }
    diagnostics.channel(`express-autogpt:${name}`).publish(event);
  }

  /** Tells of an error that was not thrown at anybody. */
  tellFault(error: unknown, about: Partial<AboutGrant> = {}): void {
    const known = error instanceof AutoGPTError ? error : undefined;
    const { code, message } = known ?? { code: "unexpected", message: "An unexpected error." };
    this.tell("fault", { ...about, code, message });
  }
}

async function guarded(name: string, listener: () => unknown): Promise<void> {
  try {
    await listener();
  } catch (error) {
    const what = error instanceof Error ? error.name : typeof error;
    process.emitWarning(`A listener of "${name}" threw: ${what}.`, { code: "AUTOGPT_LISTENER" });
  }
}
