import { describe, expect, it } from "vitest";
import { decide, type GuardCase } from "../../src/express/decision.js";

const A = ["RUN_AGENT"];
const kinds = ["navigation", "form", "program"] as const;

/** kind, signed in, missing, refused, may pass -> decision */
const table: [GuardCase["kind"], boolean, string[], string[], boolean, string][] = [
  ["navigation", false, [], [], true, "ask"],
  ["navigation", false, A, [], true, "ask"],
  ["navigation", true, [], [], true, "admit"],
  ["navigation", true, A, [], true, "ask"],
  ["navigation", true, A, A, true, "insufficient_scope"],
  ["navigation", true, A, ["READ_RUN"], true, "ask"],
  ["navigation", true, [...A, "READ_RUN"], ["READ_RUN"], true, "insufficient_scope"],
  ["navigation", true, [], A, true, "admit"],
  ["form", false, [], [], true, "ask"],
  ["form", false, [], [], false, "ask"],
  ["form", false, A, A, true, "ask"],
  ["form", true, [], [], true, "admit"],
  ["form", true, A, [], true, "ask"],
  ["form", true, A, A, true, "insufficient_scope"],
  ["form", true, [], [], false, "cross_site_request"],
  ["form", true, A, [], false, "cross_site_request"],
  ["program", false, [], [], true, "sign_in_required"],
  ["program", false, A, [], true, "sign_in_required"],
  ["program", false, A, [], false, "sign_in_required"],
  ["program", true, [], [], true, "admit"],
  ["program", true, A, [], true, "insufficient_scope"],
  ["program", true, A, A, true, "insufficient_scope"],
  ["program", true, [], [], false, "cross_site_request"],
  ["program", true, A, [], false, "cross_site_request"],
];

describe("the decision of a guard", () => {
  it.each(table)("%s, signed in %s, missing %j, refused %j, may pass %s: %s", (...row) => {
    const [kind, signedIn, missing, refused, mayPass, decision] = row;
    expect(decide({ kind, signedIn, missing, refused, mayPass })).toBe(decision);
  });

  it("admits in one case only: signed in, nothing missing, not from another site", () => {
    const lists = [[], A, ["READ_RUN"]];
    for (const kind of kinds)
      for (const signedIn of [true, false])
        for (const missing of lists)
          for (const refused of lists)
            for (const mayPass of [true, false]) {
              const decision = decide({ kind, signedIn, missing, refused, mayPass });
              expect(decision === "admit").toBe(signedIn && missing.length === 0 && mayPass);
              if (kind === "program") expect(decision).not.toBe("ask");
            }
  });
});
