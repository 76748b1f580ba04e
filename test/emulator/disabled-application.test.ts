import { describe, expect, it } from "vitest";
import {
  authorizationUrl,
  CLIENT_ID,
  CLIENT_SECRET,
  emulatorForTests,
  me,
  post,
  refresh,
  signIn,
} from "./setup.js";

const emulator = await emulatorForTests();

describe("an application that is switched off", () => {
  it("has the outcomes of section 11, and everything works again afterwards", async () => {
    const { access_token, refresh_token } = await signIn(emulator);
    emulator.updateApplication(CLIENT_ID, { is_active: false });

    await expect(emulator.consent(authorizationUrl(emulator))).rejects.toThrow("Application not found");
    const refused = await refresh(emulator, refresh_token);
    expect([refused.status, refused.json]).toEqual([401, { detail: "Application is not active" }]);
    for (const path of ["introspect", "revoke"]) {
      const body = { token: access_token, client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
      const answer = await post(`${emulator.url}/api/oauth/${path}`, body);
      expect([answer.status, answer.json]).toEqual([401, { detail: "Application is not active" }]);
    }
    const v1 = await me(emulator, access_token, "v1");
    expect([v1.status, v1.json]).toEqual([401, { detail: "Client application is disabled" }]);
    const v2 = await me(emulator, access_token, "v2");
    expect([v2.status, v2.json]).toEqual([
      401,
      { error: { code: "unauthorized", message: "Client application is disabled", details: null } },
    ]);

    emulator.updateApplication(CLIENT_ID, { is_active: true });
    expect((await me(emulator, access_token)).status).toBe(200);
    expect((await refresh(emulator, refresh_token)).status).toBe(200);
  });
});
