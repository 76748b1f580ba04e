import diagnostics from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { AutoGPTError } from "./errors.js";

interface AboutGrant {
  /** The user's ID at the platform. */
  readonly userId: string;
  /** Names the grant; as in `signInsOf()`. */
  readonly grantId: string;
}

/** What happens to grants; ids, scopes, durations and outcomes, never a token. */
export interface AutoGPTEvents {
  /** Somebody signed in; their grant is stored. */
  signIn: AboutGrant & { readonly scopes: readonly string[] };
  /** A grant was ended by sign-out; `revoke: false` keeps it for background work. */
  signOut: AboutGrant & { readonly revoked: boolean };
  /** A new pair of tokens is stored; `durationMs` is the time from the call to the stored pair. */
  refresh: AboutGrant & { readonly durationMs: number };
  /** The platform refused the refresh token: the user must sign in again. */
  grantLost: AboutGrant & {
    /** `"interrupted"`: an earlier refresh did not finish, so its answer was probably lost. */
    readonly reason: "refused" | "interrupted";
  };
  /** Something went wrong that an operator wants to know; no grant was lost by it. */
  fault: Partial<AboutGrant> & {
    /** The error's code, such as `"application_refused"`, or `"grant_unreadable"`. */
    readonly code: string;
    readonly message: string;
  };
}

/** Tells the app's listeners, and the diagnostics channels `express-autogpt:<event>`. */
export class Events extends EventEmitter<{ [Name in keyof AutoGPTEvents]: [AutoGPTEvents[Name]] }> {
  /** Tells everybody; a listener that throws stops neither the others' work nor ours. */
  tell<Name extends keyof AutoGPTEvents>(name: Name, event: AutoGPTEvents[Name]): void {
    try {
      // A generic name keeps TypeScript from matching it with its arguments.
      (this as EventEmitter).emit(name, event);
    } catch (error) {
      process.emitWarning(
        `A listener of "${name}" threw: ${error instanceof Error ? error.name : typeof error}.`,
        {
          code: "AUTOGPT_LISTENER",
        },
      );
    }
    diagnostics.channel(`express-autogpt:${name}`).publish(event);
  }

  /** Tells of an error that was not thrown at anybody. */
  tellFault(error: unknown, about: Partial<AboutGrant> = {}): void {
    const code = error instanceof AutoGPTError ? error.code : "unexpected";
    const message = error instanceof AutoGPTError ? error.message : "An unexpected error.";
    this.tell("fault", { ...about, code, message });
  }
}
