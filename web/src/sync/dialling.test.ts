import { expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { endingOf, pauseBefore } from "./dialling";

test("close codes mean what docs/protocol.md says", () => {
  const page = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (4\d{3}) \|.*\| (now|later|no) \|$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [, code, again] of rows) {
    expect([code, endingOf(Number(code)).again]).toEqual([code, again]);
  }
  expect(endingOf(1006)).toEqual({ again: "later" });
});

test("pauses grow, are bounded and differ between clients", () => {
  for (const random of [0, 0.5, 0.999]) {
    const pauses = Array.from({ length: 20 }, (_, attempt) => pauseBefore(attempt, () => random));
    expect(pauses[0]).toBeGreaterThanOrEqual(500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
    expect([...pauses].sort((one, two) => one - two)).toEqual(pauses);
  }
  expect(pauseBefore(3, () => 0)).not.toBe(pauseBefore(3, () => 1));
});
