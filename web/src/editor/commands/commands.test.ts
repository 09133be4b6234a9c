import { EditorSelection, EditorState, type StateCommand } from "@codemirror/state";
import { describe, expect, test } from "vitest";

import { insertFootnote, insertTable } from "./blocks";
import { firstCharacter, graphemeKeymap, lastCharacter } from "./graphemes";
import { insertLink, toggleBold, toggleBracket, toggleItalic } from "./inline";
import { insertAlert, setHeading, toggleList, toggleQuote } from "./lines";

/** Runs a command on a text in which `‹` and `›` stand for the ends of the selection, and shows the result so. */
function run(command: StateCommand, marked: string): string {
  const anchor = marked.indexOf("‹");
  const text = marked.replace("‹", "");
  const head = text.includes("›") ? text.indexOf("›") : anchor;
  let state = EditorState.create({ doc: text.replace("›", ""), selection: EditorSelection.single(anchor, head) });
  command({ state, dispatch: (transaction) => (state = transaction.state) });
  const { from, to } = state.selection.main;
  const doc = state.doc.toString();
  return from === to
    ? `${doc.slice(0, from)}‹${doc.slice(from)}`
    : `${doc.slice(0, from)}‹${doc.slice(from, to)}›${doc.slice(to)}`;
}

describe("marks around words", () => {
  test("come and go, around a selection or the word with the cursor", () => {
    expect(run(toggleBold, "a ‹word› b")).toBe("a **‹word›** b");
    expect(run(toggleBold, "a **‹word›** b")).toBe("a ‹word› b");
    expect(run(toggleItalic, "a wo‹rd b")).toBe("a *‹word›* b");
    expect(run(toggleItalic, "a **‹word›** b")).toBe("a ***‹word›*** b");
    expect(run(toggleBold, "‹")).toBe("**‹**");
  });

  test("never stand at spaces", () => {
    expect(run(toggleBold, "a‹ word ›b")).toBe("a **‹word›** b");
  });

  test("brackets and links", () => {
    expect(run(toggleBracket, "States ‹shall› act")).toBe("States [‹shall›] act");
    expect(run(insertLink, "see ‹this› now")).toBe("see [this](‹https://›) now");
    expect(run(insertLink, "see ‹https://x.org› now")).toBe("see [‹](https://x.org) now");
  });
});

describe("lines", () => {
  test("headings come, change and go", () => {
    expect(run(setHeading(2), "wo‹rds")).toBe("## wo‹rds");
    expect(run(setHeading(3), "## wo‹rds")).toBe("### wo‹rds");
    expect(run(setHeading(3), "### wo‹rds")).toBe("wo‹rds");
    expect(run(setHeading(0), "# wo‹rds")).toBe("wo‹rds");
  });

  test("lists of all kinds, one from another", () => {
    expect(run(toggleList("bullets"), "‹a\nb›")).toBe("- ‹a\n- b›");
    expect(run(toggleList("numbers"), "‹- a\n- b›").replace(/[‹›]/g, "")).toBe("1. a\n2. b");
    expect(run(toggleList("tasks"), "‹a›").replace(/[‹›]/g, "")).toBe("- [ ] a");
    expect(run(toggleList("tasks"), "‹- [x] a›").replace(/[‹›]/g, "")).toBe("a");
  });

  test("quotations and notes", () => {
    expect(run(toggleQuote, "‹a\nb›").replace(/[‹›]/g, "")).toBe("> a\n> b");
    expect(run(insertAlert("WARNING"), "before\n‹a").replace("‹", "")).toBe("before\n\n> [!WARNING]\n> a");
    expect(run(insertAlert("TIP"), "> [!NOTE‹]\n> a").replace("‹", "")).toBe("> [!TIP]\n> a");
  });
});

describe("what is put in", () => {
  test("a footnote gets a free label, and the cursor goes to its note", () => {
    expect(run(insertFootnote, "One[^1] two‹ end\n\n[^1]: Note\n")).toBe(
      "One[^1] two[^2] end\n\n[^1]: Note\n[^2]: ‹\n",
    );
    expect(run(insertFootnote, "Text‹")).toBe("Text[^1]\n\n[^1]: ‹\n");
  });

  test("a table stands on lines of its own, after its paragraph", () => {
    const state = EditorState.create({ doc: "One\ntwo\n\nthree", selection: { anchor: 1 } });
    let after = state;
    const at = insertTable(1, 1, ["A"])({ state, dispatch: (transaction) => (after = transaction.state) });
    expect(after.doc.toString()).toBe("One\ntwo\n\n| A |\n| --- |\n|  |\n\nthree");
    expect(after.doc.sliceString(at ?? 0, (at ?? 0) + 5)).toBe("| A |");
  });
});

describe("characters", () => {
  const backspace = graphemeKeymap[0]?.run as unknown as StateCommand;

  test("emoji of several parts, flags and letters with marks count as one", () => {
    expect(lastCharacter("x👩🏽‍💻")).toBe("👩🏽‍💻".length);
    expect(firstCharacter("🇫🇷🇨🇭")).toBe(4);
    expect(lastCharacter("e\u0301")).toBe(2);
    expect(lastCharacter("")).toBe(0);
  });

  test("Backspace takes them whole and leaves the rest to the editor", () => {
    expect(run(backspace, "x👩🏽‍💻‹")).toBe("x‹");
    expect(run(backspace, "🇫🇷🇨🇭‹")).toBe("🇫🇷‹");
    expect(run(backspace, "xy‹")).toBe("xy‹");
  });
});
