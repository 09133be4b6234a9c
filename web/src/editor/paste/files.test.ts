import { expect, test } from "vitest";
import { isTextFile } from "./files";

test("text files are known by their type, or by their name where the system knows none", () => {
  for (const [name, type, isText] of [
    ["report.md", "", true],
    ["report.MD", "text/markdown", true],
    ["notes.txt", "text/plain", true],
    ["page", "text/html", true],
    ["map.png", "image/png", false],
    ["map.md", "image/png", false],
    ["report.docx", "", false],
    ["unknown", "", false],
  ] as const) {
    expect([name, isTextFile({ name, type })]).toEqual([name, isText]);
  }
});
