import { syntaxTree } from "@codemirror/language";
import { EditorSelection, EditorState } from "@codemirror/state";
import { EditorView, type Decoration } from "@codemirror/view";
import { expect, test } from "vitest";

import { seeded } from "../../testing/random";
import { isTouched, setFocused, trackFocus } from "./active";
import { blockPreview } from "./blocks";
import { reportLanguage } from "./index";
import { references } from "./references";
import { frontMatterEnd } from "./syntax";
import { parseTable } from "./table-model";
import type { PreviewWords } from "./widgets";

const WORDS: PreviewWords = {
  bullet: "",
  taskOpen: "",
  taskDone: "",
  footnote: String,
  editTable: "",
  table: "",
  editFront: "",
  frontTitle: "",
  image: "",
  reference: (kind, number) => `${kind} ${number}`,
  alert: String,
};
const SOURCE = `---
title: A report
---

# One

| a | b |
| - | - |
| 1 | @tbl:x |

Words in between.

> | q |
> | - |

  | c | d |
  |---|:-:|
  | 3 | 4 |

- | l |
  | - |

| last |
| ---- |
`;

/** Longer than what the parser looks at anew around an edit. */
const LONG = SOURCE.replace(/\n\n/g, `\n\n${"Filling words. ".repeat(14)}\n\n`);

interface Drawn {
  readonly from: number;
  readonly to: number;
  readonly source: string;
}

function begin(doc: string): EditorState {
  return EditorState.create({
    doc,
    extensions: [
      reportLanguage,
      references,
      trackFocus,
      blockPreview(WORDS),
      EditorState.allowMultipleSelections.of(true),
    ],
  });
}

/** What the editor draws. */
function drawn(state: EditorState): Drawn[] {
  const found: Drawn[] = [];
  for (const source of state.facet(EditorView.decorations)) {
    if (typeof source === "function") continue;
    source.between(0, state.doc.length, (from, to, { spec }: Decoration) => {
      const widget: unknown = Reflect.get(spec as object, "widget");
      found.push({ from, to, source: String(Reflect.get(widget as object, "source")) });
    });
  }
  return found;
}

/** What it should draw, worked out from nothing but its tree and its text. */
function expected(state: EditorState): Drawn[] {
  const found: Drawn[] = [];
  const push = (from: number, to: number): void => {
    if (!isTouched(state, from, to)) found.push({ from, to, source: state.doc.sliceString(from, to) });
  };
  const front = frontMatterEnd(state.doc);
  if (front > 0) push(0, state.doc.lineAt(front - 1).to);
  for (let node = syntaxTree(state).topNode.firstChild; node; node = node.nextSibling) {
    if (node.name !== "Table" || node.from < front) continue;
    const from = state.doc.lineAt(node.from).from;
    const to = state.doc.lineAt(node.to).to;
    if (parseTable(state.doc.sliceString(from, to))) push(from, to);
  }
  return found;
}

test("tables at the top and the title page are drawn, but for what the cursor is in", () => {
  let state = begin(SOURCE);
  expect(drawn(state).map(({ source }) => source.slice(0, 6))).toEqual(["---\nti", "| a | ", "  | c ", "| last"]);
  const inside = SOURCE.indexOf("| 1 |");
  state = state.update({ selection: { anchor: inside }, effects: setFocused.of(true) }).state;
  expect(drawn(state).map(({ source }) => source.slice(0, 6))).toEqual(["---\nti", "  | c ", "| last"]);
  state = state.update({ selection: { anchor: 0 } }).state;
  expect(drawn(state).map(({ source }) => source.slice(0, 6))).toEqual(["| a | ", "  | c ", "| last"]);
});

test("a cursor that stays outside changes nothing, not even an object", () => {
  let state = begin(SOURCE).update({
    effects: setFocused.of(true),
    selection: { anchor: SOURCE.indexOf("Words") },
  }).state;
  const before = state.facet(EditorView.decorations);
  state = state.update({ selection: { anchor: SOURCE.indexOf("between") } }).state;
  expect(state.facet(EditorView.decorations)).toEqual(before);
  expect(state.facet(EditorView.decorations)[0]).toBe(before[0]);
});

test("a table is read once, and not at every edit elsewhere", () => {
  const drawings = (state: EditorState): Decoration[] => {
    const found: Decoration[] = [];
    for (const source of state.facet(EditorView.decorations)) {
      if (typeof source !== "function")
        source.between(0, state.doc.length, (_from, _to, value) => void found.push(value));
    }
    return found;
  };
  const state = begin(LONG);
  const last = drawings(state).at(-1);
  const later = state.update({ changes: { from: LONG.indexOf("Words in"), insert: "More. " } }).state;
  expect(last).toBeDefined();
  expect(drawings(later).at(-1)).toBe(last);
});

test("after any edits what is drawn is what a fresh look would draw", () => {
  const pieces = [
    "|",
    "\n",
    "| x |\n| - |\n| y |\n",
    "\n\n",
    " ",
    "---\n",
    "words",
    "| - ",
    "# H\n",
    "> ",
    "- ",
    "```\n",
    "\\|",
    "🙂",
    "",
  ];
  for (let seed = 1; seed <= 12; seed++) {
    const random = seeded(seed);
    let state = begin(LONG).update({ effects: setFocused.of(true) }).state;
    for (let round = 0; round < 60; round++) {
      const { length } = state.doc;
      // Half of the edits are at the beginning of a line, where blocks begin and end.
      const anywhere = random() % (length + 1);
      const from = random() % 2 === 0 ? anywhere : state.doc.lineAt(anywhere).from;
      const to = Math.min(length, from + (random() % 3 === 0 ? random() % 30 : 0));
      const place = random() % 4;
      if (place === 0) state = state.update({ selection: EditorSelection.range(from, to) }).state;
      else if (place === 1 && round % 7 === 0)
        state = state.update({ effects: setFocused.of(random() % 2 === 0) }).state;
      else state = state.update({ changes: { from, to, insert: pieces[random() % pieces.length] ?? "" } }).state;
      expect(drawn(state), `seed ${seed}, round ${round}`).toEqual(expected(state));
    }
  }
});
