import { expect, test } from "vitest";

import { letterOf } from "./letter";

const press = (key: string, code: string, altGraph = false): string =>
  letterOf({ key, code, getModifierState: (name) => altGraph && name === "AltGraph" });

test("a shortcut means the letter that the key writes, else the one of its place", () => {
  expect(press("m", "KeyM")).toBe("m");
  expect(press("m", "Semicolon")).toBe("m"); // A French keyboard.
  expect(press("µ", "KeyM")).toBe("m"); // Option on a Mac.
  expect(press("ь", "KeyM")).toBe("m"); // A Russian keyboard.
  expect(press("F1", "F1")).toBe("");
});

test("AltGr writes, and is no shortcut", () => {
  expect(press("ó", "KeyO", true)).toBe("");
});
