import diagnostics from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { describe, expect, it, vi } from "vitest";
import { expectAnswer } from "./documents.js";
import { fileForm, sender } from "./good-requests.js";
import { ask, emulatorForTests, post } from "./setup.js";

const KEY = "agpt_ExampleApiKeyOfTheEmulatorNotASecret0000000";
const emulator = await emulatorForTests();
const redirecting = await emulatorForTests({ downloadRedirects: true, backendPort: 0 });
const send = sender(emulator, KEY);
const upload = (form: FormData, query = "") => send("POST", `/v2/files/upload${query}`, form);

describe("a workspace file", () => {
  it("is uploaded, listed, read, downloaded and deleted", async () => {
    const reply = await upload(fileForm("Übersicht.csv", "a;b", "text/csv"));
    expect(reply.status, reply.text).toBe(201);
    expectAnswer("v2", "POST /files/upload", reply);
    const { id, file_uri, ...rest } = reply.json;
    expect(file_uri).toBe(`workspace://${id}#text/csv`);
    expect(rest).toMatchObject({ name: "Übersicht.csv", mime_type: "text/csv", size_bytes: 3 });
    expect((await send("GET", `/v2/files/${id}`)).json).toEqual({ id, ...rest });
    expect((await send("GET", "/v2/files")).json.items).toEqual([{ id, ...rest }]);

    const download = await send("GET", `/v2/files/${id}/download`);
    expect([download.status, download.text]).toEqual([200, "a;b"]);
    expect(download.headers.get("content-type")).toBe("text/csv");
    expect(download.headers.get("content-disposition")).toContain(encodeURIComponent("Übersicht.csv"));

    expect((await send("DELETE", `/v2/files/${id}`)).status).toBe(204);
    for (const path of [`/v2/files/${id}`, `/v2/files/${id}/download`]) {
      expect((await send("GET", path)).status).toBe(404);
    }
  });

  it("whose upload breaks off leaves nothing in the test's output", async () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    const seen = new Promise<IncomingMessage>((resolve) => {
      const channel = "http.server.request.start";
      diagnostics.subscribe(channel, function take(message) {
        diagnostics.unsubscribe(channel, take);
        resolve((message as { request: IncomingMessage }).request); // as Node documents this channel
      });
    });
    let breakOff = () => {};
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("--b\r\n"));
        breakOff = () => controller.error(new Error("the disk is gone"));
      },
    });
    const uploaded = fetch(`${emulator.url}/external-api/v2/files/upload`, {
      ...{ method: "POST", body, duplex: "half" },
      headers: { "X-API-Key": KEY, "Content-Type": "multipart/form-data; boundary=b" },
    });
    const { socket } = await seen;
    const ended = new Promise((resolve) => socket.once("close", resolve));
    breakOff();
    await expect(uploaded).rejects.toThrow();
    await ended; // now the emulator knows
    await new Promise(setImmediate);
    expect(printed.mock.calls).toEqual([]);
    printed.mockRestore();
  });

  it("keeps its bytes", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const form = new FormData();
    form.append("file", new Blob([bytes]), "bytes");
    const { json } = await upload(form);
    expect(json.mime_type).toBe("application/octet-stream");
    const url = `${emulator.url}/external-api/v2/files/${json.id}/download`;
    const response = await fetch(url, { headers: { "X-API-Key": KEY } });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  });

  it("of a taken name is a 409, unless it may overwrite: then the id is new", async () => {
    const first = await upload(fileForm("a.txt", "1"));
    const second = await upload(fileForm("a.txt", "2"));
    expect([second.status, second.json.error.code]).toEqual([409, "conflict"]);
    const third = await upload(fileForm("a.txt", "3"), "?overwrite=true");
    expect(third.status).toBe(201);
    expect(third.json.id).not.toBe(first.json.id);
    expect((await send("GET", `/v2/files/${first.json.id}`)).status).toBe(404);
    expect((await send("GET", "/v2/files")).json.total_count).toBe(1);
  });

  it("of more than 10 MB is a 413; media of that size a 400", async () => {
    const large = fileForm("large", "x".repeat(10_000_001));
    const reply = await upload(large);
    expect([reply.status, reply.json.error.code]).toEqual([413, "payload_too_large"]);
    expect((await send("POST", "/v2/marketplace/submissions/media", large)).status).toBe(400);
  });

  it("must be a file of that name in a form", async () => {
    const text = new FormData();
    text.append("file", "only text");
    const other = new FormData();
    other.append("other", new Blob(["x"]), "x");
    for (const [form, type] of [
      [text, "value_error"],
      [other, "missing"],
    ] as const) {
      const { status, json } = await upload(form);
      expect([status, json.error.details.errors]).toMatchObject([422, [{ type, loc: ["body", "file"] }]]);
    }
    expect((await send("POST", "/v2/files/upload", { file: "x" })).status).toBe(422);
    const headers = { "X-API-Key": KEY, "Content-Type": "multipart/form-data; boundary=x" };
    const broken = await ask(`${emulator.url}/external-api/v2/files/upload`, {
      method: "POST",
      headers,
      body: "no form",
    });
    expect([broken.status, broken.json.error.code]).toEqual([400, "bad_request"]);
  });
});

describe("a download that redirects", () => {
  it("leads to a signed address on another origin, which takes no credential and lives a minute", async () => {
    const sendThere = sender(redirecting, KEY);
    const { id } = (await sendThere("POST", "/v2/files/upload", fileForm("a.txt", "text"))).json;
    const reply = await sendThere("GET", `/v2/files/${id}/download`);
    expect([reply.status, reply.text]).toEqual([302, ""]);
    const location = new URL(reply.headers.get("location") ?? "");
    expect(location.origin).not.toBe(redirecting.backendUrl);
    expect(location.port).toBe(new URL(redirecting.backendUrl).port);
    const plain = await ask(location.href);
    expect([plain.status, plain.text, plain.headers.get("content-type")]).toEqual([
      200,
      "text",
      "text/plain",
    ]);
    for (const headers of [{ "X-API-Key": KEY }, { Authorization: `Bearer ${KEY}` }]) {
      expect((await ask(location.href, { headers })).status).toBe(400);
    }
    redirecting.advanceClock(61);
    expect((await ask(location.href)).status).toBe(403);
    expect((await ask(location.href.replace(/signature=.*/, ""))).status).toBe(403);
  });

  it("is a setting that tests can switch", async () => {
    const { id } = (await upload(fileForm())).json;
    await post(`${emulator.url}/_emulator/settings`, { download_redirects: true });
    expect((await send("GET", `/v2/files/${id}/download`)).status).toBe(302);
    const wrong = await post(`${emulator.url}/_emulator/settings`, {
      download_redirects: 1,
      run_start_ms: -1,
    });
    expect(wrong.json.error).toContain("settings.download_redirects: must be true or false");
    expect(wrong.json.error).toContain("settings.run_start_ms: must be milliseconds");
  });
});
