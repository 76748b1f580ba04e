import { GrantLostError, InsufficientScopeError, memoryGrants, type Scope } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anotherProcess, FaultyStore, refreshes, signInUser } from "../harness/grants.js";
import { expectNothingUnhandled } from "../harness/unhandled.js";

let emulator: Emulator;
let store: FaultyStore;
let userId: string;

expectNothingUnhandled();
beforeAll(async () => {
  emulator = await startEmulator();
  userId = emulator.users[0]?.id ?? "";
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.reset();
  store = new FaultyStore(memoryGrants());
});

/** A few seconds after the last one: processes know the platform's time to the second, from `Date` headers. */
function signIn(...scopes: ("IDENTITY" | "READ_BLOCK" | "READ_LIBRARY")[]) {
  emulator.advanceClock(3);
  return signInUser(emulator, store, scopes);
}
/** A process that has seen nothing of it. */
const job = () => anotherProcess(emulator, store);
const idOf = async (...scopes: Scope[]) => {
  const { scopes: granted } = await job().grantFor(userId, ...scopes);
  return granted.join(" ");
};

describe("grantFor", () => {
  it("acts for a user in a process that never saw them, and refreshes", async () => {
    await signIn("IDENTITY", "READ_BLOCK");
    emulator.clearRequests();
    emulator.advanceClock(3601);
    const grant = await job().grantFor(userId, "IDENTITY", "READ_BLOCK");
    expect(grant.user).toEqual(emulator.users[0]);
    expect(grant.scopes).toEqual(["IDENTITY", "READ_BLOCK"]);
    const { data } = await grant.api.GET("/v1/me");
    expect(data?.id).toBe(userId);
    expect(refreshes(emulator)).toHaveLength(1);
  });

  it("costs one read of the store, and further calls cost none", async () => {
    await signIn("IDENTITY", "READ_BLOCK");
    store.calls = [];
    const { api } = await job().grantFor(userId, "READ_BLOCK");
    for (let n = 0; n < 3; n += 1) await api.GET("/v1/blocks");
    expect(store.calls).toEqual(["list"]);
  });

  it("refuses what is no user ID and no scope", async () => {
    for (const wrong of ["", undefined, null, 7]) {
      await expect(job().grantFor(wrong as string)).rejects.toThrow(/needs the user's ID/);
    }
    await expect(job().grantFor("nobody", "BOGUS" as "IDENTITY")).rejects.toThrow(/BOGUS is not a scope/);
    for (const several of ["RUN_AGENT READ_RUN", "RUN_AGENT,READ_RUN", ["RUN_AGENT", "READ_RUN"]]) {
      // @ts-expect-error: what JavaScript may pass
      await expect(job().grantFor("nobody", several)).rejects.toThrow(
        'is not a scope of the platform: name them one by one, "RUN_AGENT", "READ_RUN".',
      );
    }
    // @ts-expect-error: what JavaScript may pass
    await expect(job().grantFor("nobody", ["READ_RUN"])).rejects.toThrow('name them one by one, "READ_RUN".');
  });

  it("has no grant of a user who never signed in", async () => {
    const unknown = "nobody";
    await signIn("IDENTITY");
    const failed = await job()
      .grantFor(unknown)
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(GrantLostError);
    expect(failed).toMatchObject({ status: 401, code: "grant_lost", userId: unknown });
  });

  it("names the fewest scopes that are missing, of all the user's grants", async () => {
    await signIn("IDENTITY");
    await signIn("READ_BLOCK", "READ_LIBRARY");
    const failed = await job()
      .grantFor(userId, "READ_BLOCK", "READ_LIBRARY", "RUN_AGENT")
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(InsufficientScopeError);
    expect(failed).toMatchObject({ status: 403, missing: ["RUN_AGENT"] });
  });

  it("picks the newest live grant that has the scopes", async () => {
    await signIn("READ_BLOCK", "IDENTITY");
    await signIn("IDENTITY", "READ_BLOCK");
    await signIn("READ_LIBRARY");
    expect(await idOf()).toBe("READ_LIBRARY");
    expect(await idOf("READ_BLOCK")).toBe("IDENTITY READ_BLOCK");
    expect(await idOf("READ_LIBRARY")).toBe("READ_LIBRARY");
    await (await job().grantFor(userId, "READ_BLOCK")).revoke();
    expect(await idOf("READ_BLOCK")).toBe("READ_BLOCK IDENTITY");
  });

  it("has no grant once it was revoked, and the platform is told of both tokens", async () => {
    await signIn("IDENTITY", "READ_BLOCK");
    const grant = await job().grantFor(userId, "READ_BLOCK");
    emulator.clearRequests();
    await grant.revoke();
    const revoked = emulator.requests().filter(({ path }) => path === "/api/oauth/revoke");
    expect(revoked.map(({ token_type }) => token_type)).toEqual(["refresh_token", "access_token"]);
    await expect(job().grantFor(userId, "READ_BLOCK")).rejects.toBeInstanceOf(GrantLostError);
    await expect(grant.api.GET("/v1/blocks")).rejects.toBeInstanceOf(GrantLostError);
    await grant.revoke(); // again: nothing to do
    expect(emulator.requests().filter(({ path }) => path === "/api/oauth/revoke")).toHaveLength(2);
  });
});

describe("signInsOf", () => {
  it("lists what is in force, newest first, with instants on the platform's clock", async () => {
    await signIn("IDENTITY", "READ_BLOCK");
    const first = emulator.now().getTime();
    emulator.advanceClock(7200);
    await signIn("READ_LIBRARY");
    const second = emulator.now().getTime();
    const list = await job().signInsOf(userId);
    expect(list.map(({ scopes }) => scopes)).toEqual([["READ_LIBRARY"], ["IDENTITY", "READ_BLOCK"]]);
    expect(list.map(({ id }) => id)).toEqual([expect.stringMatching(/^[\w-]{22}$/), expect.any(String)]);
    // A Date header is cut to seconds.
    for (const [at, instant] of [second, first].entries()) {
      expect(Math.abs((list[at]?.since.getTime() ?? 0) - instant)).toBeLessThan(3000);
      expect(list[at]?.lastRefreshed).toEqual(list[at]?.since);
    }
    // Later than a Date header can hide: of two instants in one second either may come out as the newer.
    emulator.advanceClock(60);
    const third = emulator.now().getTime();
    await (await job().grantFor(userId, "READ_BLOCK")).api.GET("/v1/blocks");
    const [latest] = await job().signInsOf(userId);
    expect(latest?.scopes).toEqual(["IDENTITY", "READ_BLOCK"]);
    expect(Math.abs((latest?.since.getTime() ?? 0) - first)).toBeLessThan(3000);
    expect(Math.abs((latest?.lastRefreshed.getTime() ?? 0) - third)).toBeLessThan(3000);
  });

  it("is empty for a user who never signed in, and of no other user; it needs an ID", async () => {
    await signIn("IDENTITY");
    expect(await job().signInsOf(emulator.users[1]?.id ?? "")).toEqual([]);
    await expect(job().signInsOf("")).rejects.toThrow("signInsOf() needs the user's ID");
    expect(await job().signInsOf(userId)).toHaveLength(1);
  });
});
