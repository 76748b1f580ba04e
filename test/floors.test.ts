import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** The floors of the house, top first: a file imports from lower floors or from its own room only. */
const FLOORS = [
  ["index", "cli"],
  ["sign-in", "doctor"],
  ["express"],
  ["grants"],
  ["oauth", "api"],
  ["seal", "config", "events"],
  ["errors", "platform", "platform-clock", "user"],
  ["scopes", "command-line", "option-names"],
  ["show-value"],
];
const SRC = new URL("../src", import.meta.url).pathname;

/** A file's room: its folder, or its own name where it lies in src itself. */
function roomOf(file: string): string {
  const [first = ""] = relative(SRC, file).split("/");
  return first.replace(/(-paths|-credentials)?\.ts$/, "");
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8").replaceAll(/^\s*(?:\/\/|\*).*$/gm, "");
  return [...text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)].map(([, path = ""]) =>
    join(dirname(file), path.replace(/\.js$/, ".ts")),
  );
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.startsWith("api/openapi/"))
  .map((name) => join(SRC, name));
const edges = files.flatMap((file) =>
  importsOf(file).map((to) => ({ file, from: roomOf(file), to: roomOf(to) })),
);
const floorOf = (room: string) => FLOORS.findIndex((floor) => floor.includes(room));

describe("the floors of src", () => {
  it("finds the files and their imports", () => {
    expect(files.length).toBeGreaterThan(20);
    expect(edges.length).toBeGreaterThan(50);
  });

  it("knows every room", () => {
    const rooms = new Set(files.map(roomOf).filter((room) => room !== "emulator"));
    expect([...rooms].filter((room) => floorOf(room) === -1)).toEqual([]);
  });

  it("imports downwards or within a room only", () => {
    const wrong = edges
      .filter(({ from, to }) => from !== to && from !== "emulator" && to !== "emulator")
      .filter(({ from, to }) => floorOf(from) >= floorOf(to));
    expect(wrong).toEqual([]);
  });

  it("keeps the emulator out of the library", () => {
    expect(edges.filter(({ from, to }) => to === "emulator" && !["emulator", "cli"].includes(from))).toEqual(
      [],
    );
  });

  it("keeps Express out of oauth, grants and api", () => {
    const knowing = files
      .filter((file) => ["oauth", "grants", "api"].includes(roomOf(file)))
      .filter((file) => /from "express(-session)?"/.test(readFileSync(file, "utf8")));
    expect(knowing).toEqual([]);
  });
});
