/** What a guard looks at; where a member is a getter, only when it decides. */
export interface GuardCase {
  /** A person opens a page, a person sends a form, or a program asks. */
  readonly kind: "navigation" | "form" | "program";
  readonly signedIn: boolean;
  /** The demanded scopes that are not granted. */
  readonly missing: readonly string[];
  /** Scopes that were asked for at the last consent and not granted: asking again would be a loop. */
  readonly refused: readonly string[];
  /** Whether the method changes nothing, or the request comes from our own pages. */
  readonly mayPass: boolean;
}

/** What a guard does: let the request through, send the person to consent, or refuse for a reason. */
export type GuardDecision =
  | "admit"
  | "ask"
  | "sign_in_required"
  | "insufficient_scope"
  | "cross_site_request";

/** Pure: what becomes of a request at a guard. */
export function decide(request: GuardCase): GuardDecision {
  const { signedIn, missing } = request;
  if (signedIn && !request.mayPass) return "cross_site_request";
  if (signedIn && missing.length === 0) return "admit";
  const asksInVain = signedIn && missing.some((scope) => request.refused.includes(scope));
  if (request.kind !== "program" && !asksInVain) return "ask";
  return signedIn ? "insufficient_scope" : "sign_in_required";
}
