import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { ApiError, downloadFile, uploadFile } from "express-autogpt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf, inTurn, json, listen, problem } from "./servers.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "express-autogpt-files-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads a multipart body with another implementation than ours. */
const readForm: RequestListener = async (req, res) => {
  const headers = { "Content-Type": req.headers["content-type"] ?? "" };
  const request = new Request("http://x", {
    method: "POST",
    headers,
    body: Readable.toWeb(req) as ReadableStream<Uint8Array>, // Node's own type of the same class
    duplex: "half",
  });
  const form = await request.formData().catch(() => undefined); // aborted by a test
  const file = form?.get("file");
  const is = file instanceof File ? { name: file.name, type: file.type, text: await file.text() } : {};
  json({ ...is, length: req.headers["content-length"] }, 201)(req, res);
  req.emit("end");
};

const bytes = (...parts: string[]) => parts.map((part) => Buffer.from(part));

describe("uploadFile", () => {
  const contents = {
    "a Blob": () => new Blob(["hello"], { type: "text/markdown" }),
    "a web stream": () => ReadableStream.from(bytes("hel", "lo")),
    "a Node stream": () => Readable.from(bytes("hel", "lo")),
    "a generator": async function* () {
      yield* bytes("hel", "lo");
    },
  };

  test.each(Object.entries(contents))("sends %s as a file", async (_name, make) => {
    const { url, requests } = await listen(readForm);
    const content = make() as Blob;
    const type = "text/plain";
    const answer = await uploadFile(clientOf(url), { name: "a.txt", content, type }, { overwrite: true });
    expect(answer).toMatchObject({ name: "a.txt", type, text: "hello" });
    expect(requests[0]?.url).toBe("/external-api/v2/files/upload?overwrite=true");
  });

  test("takes the type of a Blob, and calls bytes of a stream what they are", async () => {
    const { url } = await listen(readForm);
    const api = clientOf(url);
    const blob = await uploadFile(api, { name: "a", content: contents["a Blob"]() });
    expect(blob).toMatchObject({ type: "text/markdown" });
    const stream = await uploadFile(api, { name: "a", content: contents["a Node stream"]() });
    expect(stream).toMatchObject({ type: "application/octet-stream" });
  });

  test.each(['say "hi".txt', "two\r\nlines: x.txt", "Müßiggang – 日本語 😀.pdf", "a;b=c.txt", "..%22"])(
    "a file called %j keeps its name and breaks nothing",
    async (name) => {
      const { url } = await listen(readForm);
      for (const make of [contents["a Blob"], contents["a Node stream"]]) {
        const answer: { name?: string; text?: string } = await uploadFile(clientOf(url), {
          name,
          content: make(),
        });
        // The parser leaves the three escapes of HTML's form data as they are, or undoes them.
        const unescaped = answer.name?.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
        expect(unescaped).toBe(name.replaceAll("%22", '"'));
        expect(answer.text).toBe("hello");
      }
    },
  );

  test("a media type that cannot stand in a header is a TypeError", async () => {
    const { url, requests } = await listen(readForm);
    const content = contents["a Node stream"]();
    const call = uploadFile(clientOf(url), { name: "a", content, type: "text/plain\r\nX: y" });
    await expect(call).rejects.toThrow(/^type must be a media type/);
    expect(requests).toEqual([]);
  });

  test("sends what it has before the stream ends, and reads no faster than it sends", async () => {
    let arrived = 0;
    let taken = 0;
    const { url } = await listen((req, res) => {
      req.on("data", (chunk: Buffer) => {
        arrived += chunk.length;
      });
      json({}, 201)(req, res);
    });
    let finish = () => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    async function* source() {
      for (; taken < 20; taken += 1) yield Buffer.alloc(100_000);
      await gate;
      yield Buffer.from("end");
    }
    const upload = uploadFile(clientOf(url), { name: "a", content: source() });
    await expect.poll(() => arrived).toBeGreaterThanOrEqual(2_000_000);
    finish();
    await upload;

    const slow = await listen((req, res) => {
      req.pause();
      const answer = '{"error":{"code":"payload_too_large","message":"Too large","details":null}}';
      setTimeout(() => res.writeHead(413, { "Content-Type": "application/json" }).end(answer), 400);
    });
    let read = 0;
    async function* endless() {
      for (; ; read += 1) yield Buffer.alloc(1_000_000);
    }
    const refused = uploadFile(clientOf(slow.url), { name: "a", content: endless() });
    await expect(refused).rejects.toMatchObject({ platformStatus: 413 });
    expect(read).toBeLessThan(100);
  });

  test("holds next to nothing of a large stream in memory", async () => {
    const chunk = Buffer.alloc(1_000_000);
    const { url } = await listen((req, res) => {
      req.removeAllListeners("data"); // the harness would keep it all
      json({}, 201)(req, res);
    });
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    async function* large() {
      for (let i = 0; i < 200; i += 1) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        yield Buffer.from(chunk);
      }
    }
    await uploadFile(clientOf(url), { name: "a", content: large() });
    expect(most).toBeLessThan(100_000_000);
  });

  test("a Blob is sent again after a 429, a stream is not", async () => {
    for (const [make, tries] of [
      [contents["a Blob"], 2],
      [contents["a Node stream"], 1],
    ] as const) {
      const { url, requests } = await listen(inTurn(problem(429), readForm));
      const answer = await uploadFile(clientOf(url), { name: "a", content: make() }).catch(Object);
      expect(requests).toHaveLength(tries);
      if (tries === 2) expect(answer.text).toBe("hello");
      else expect(answer).toMatchObject({ name: "ApiError", platformStatus: 429 });
    }
  });

  test("409 and 413 are ApiErrors", async () => {
    const { url } = await listen(problem(409));
    const error = await uploadFile(clientOf(url), { name: "a", content: new Blob(["x"]) }).catch(Object);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ platformStatus: 409, operation: "POST /v2/files/upload" });
  });

  test("a file that is missing, and a stream that fails midway, fail as they are", async () => {
    const { url } = await listen(readForm);
    const content = createReadStream(join(folder, "missing"));
    await expect(uploadFile(clientOf(url), { name: "a", content })).rejects.toMatchObject({ code: "ENOENT" });
    const broken = new Error("the disk is gone");
    async function* failing() {
      yield Buffer.alloc(100_000);
      throw broken;
    }
    await expect(uploadFile(clientOf(url), { name: "a", content: failing() })).rejects.toBe(broken);
  });

  test.each<[string, unknown]>([
    ["a string", "hello"],
    ["a Buffer", Buffer.from("hello")],
    ["null", null],
    ["a stream of text", Readable.from(["hello"])],
  ])("%s is a TypeError at once", async (_name, content) => {
    const { url, requests } = await listen(readForm);
    // JavaScript may pass anything
    const call = uploadFile(clientOf(url), { name: "a", content: content as Blob });
    await expect(call).rejects.toThrow(/^content must be a Blob or a stream of bytes/);
    expect(requests.every(({ body }) => !body.includes("hello"))).toBe(true);
  });

  test("an aborted upload, and one that is not sent, close the file", async () => {
    await writeFile(join(folder, "a"), Buffer.alloc(1_000_000));
    const { url } = await listen(() => {}); // never answers
    const started = createReadStream(join(folder, "a"));
    const aborted = uploadFile(
      clientOf(url),
      { name: "a", content: started },
      { signal: AbortSignal.timeout(200) },
    );
    await expect(aborted).rejects.toMatchObject({ name: "TimeoutError" });
    await expect.poll(() => started.destroyed).toBe(true);
    const unsent = createReadStream(join(folder, "a"));
    const accessToken = () => Promise.reject(new Error("no token"));
    await expect(uploadFile(clientOf(url, { accessToken }), { name: "a", content: unsent })).rejects.toThrow(
      "no token",
    );
    await expect.poll(() => unsent.destroyed).toBe(true);
  });
});

describe("downloadFile", () => {
  const file =
    (body: string, headers: Record<string, string | number> = {}): RequestListener =>
    (_req, res) =>
      void res.writeHead(200, { "Content-Type": "text/csv", ...headers }).end(body);

  test("hands over the stream, the type and the size", async () => {
    const { url, requests } = await listen(file("a,b", { "Content-Length": 3 }));
    const { content, type, size } = await downloadFile(clientOf(url), "f/1");
    expect([await text(content), type, size]).toEqual(["a,b", "text/csv", 3]);
    expect(requests[0]?.url).toBe("/external-api/v2/files/f%2F1/download");
  });

  test("before the file has come", async () => {
    let finish = () => {};
    const { url } = await listen((_req, res) => {
      res.writeHead(200, { "Content-Type": "text/plain" }).write("begin");
      finish = () => void res.end(" end");
    });
    const { content, size } = await downloadFile(clientOf(url), "f");
    expect(size).toBeUndefined();
    const reader = content.getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("begin");
    finish();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(" end");
  });

  test.each([
    ["an empty file", file("", { "Content-Length": 0 }), ""],
    ["an empty file of unknown size", file(""), ""],
    ["a JSON file", file("{", { "Content-Type": "application/json", "Content-Length": 1 }), "{"],
    ["a file without a type", ((_req, res) => res.writeHead(200).end("x")) as RequestListener, "x"],
  ])("%s is a file", async (_name, answer, expected) => {
    const { url } = await listen(answer);
    const { content, type } = await downloadFile(clientOf(url), "f");
    expect(await text(content)).toBe(expected);
    expect(type).toMatch(/^[a-z]+\/[a-z-]+$/);
  });

  test("the size on the way is not the size of the file", async () => {
    const { url } = await listen(async (_req, res) => {
      const { gzipSync } = await import("node:zlib");
      const body = gzipSync("a".repeat(1000));
      res.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": body.length }).end(body);
    });
    const { content, size } = await downloadFile(clientOf(url), "f");
    expect([(await text(content)).length, size]).toEqual([1000, undefined]);
  });

  test("a file_uri where the ID belongs is a TypeError that says so", async () => {
    const { url, requests } = await listen(problem(404));
    await expect(downloadFile(clientOf(url), "workspace://f#text/plain")).rejects.toThrow(
      "downloadFile() needs the file's id: in workspace://ID#TYPE, the file_uri, it is ID.",
    );
    expect(requests).toEqual([]);
  });

  test("no such file is an ApiError", async () => {
    const { url } = await listen(problem(404));
    await expect(downloadFile(clientOf(url), "f")).rejects.toMatchObject({
      name: "ApiError",
      platformStatus: 404,
    });
  });
});
