// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import * as A from "@automerge/automerge";
import { undo } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { LoneDocument, type MutableRoot } from "../../document/live";
import { Store } from "../../document/store";
import { LiveText } from "../../document/text-model";
import { copyOf, textDocument } from "../../testing/drafts";
import { remoteChange, sectionedText } from "./sectioned-text";

const SOURCE = "# One\n\nfirst\n\n# Two\n\nlast\n";
const views: EditorView[] = [];

afterEach(() => {
  for (const view of views.splice(0)) {
    view.destroy();
  }
});

function show(live: LoneDocument): { view: EditorView; text: LiveText; editable: Store<boolean> } {
  const text = new LiveText(live, { schedule: () => () => undefined });
  const editable = new Store(true);
  const state = EditorState.create({
    doc: text.markdown(),
    extensions: [sectionedText({ text, editable })],
  });
  const view = new EditorView({ state, parent: document.body });
  views.push(view);
  return { view, text, editable };
}

const insert = (view: EditorView, at: number, words: string): void => {
  view.dispatch({ changes: { from: at, insert: words }, userEvent: "input.type" });
};

test("a view on the page shows what others do, and undoes only its own", () => {
  const base = textDocument(SOURCE);
  const mine = copyOf(base);
  const { view, text } = show(mine);
  const live = copyOf(base);
  const theirs = new LiveText(live, { schedule: () => () => undefined });
  insert(view, 7, "my ");
  theirs.replaceRange({ from: SOURCE.length, to: SOURCE.length }, "theirs\n");
  theirs.flush();
  const doc = (it: LoneDocument): A.Doc<MutableRoot> => it.doc() as A.Doc<MutableRoot>;
  mine.receive(A.getChanges(doc(mine), doc(live)));
  expect(view.state.doc.toString()).toBe(`${SOURCE.replace("first", "my first")}theirs\n`);
  undo(view);
  expect(view.state.doc.toString()).toBe(`${SOURCE}theirs\n`);
  expect(text.markdown()).toBe(`${SOURCE}theirs\n`);
});

test("two views on one text are equal, and hear of each other as of others", () => {
  const live = copyOf(textDocument(SOURCE));
  const text = new LiveText(live, { schedule: () => () => undefined });
  const heard: (boolean | undefined)[] = [];
  const make = (): EditorView => {
    const extensions = [
      sectionedText({ text, editable: new Store(true) }),
      EditorView.updateListener.of((update) => {
        heard.push(...update.transactions.map((it) => it.annotation(remoteChange)));
      }),
    ];
    const view = new EditorView({ state: EditorState.create({ doc: text.markdown(), extensions }) });
    views.push(view);
    return view;
  };
  const one = make();
  const two = make();
  insert(one, 0, "x");
  insert(two, 1, "y");
  expect(one.state.doc.toString()).toBe(`xy${SOURCE}`);
  expect(two.state.doc.toString()).toBe(`xy${SOURCE}`);
  expect(heard.filter((it) => it === true)).toHaveLength(2);
});

test("nothing can be typed while one may not write, and again when one may", () => {
  const { view, text, editable } = show(copyOf(textDocument(SOURCE)));
  editable.set(false);
  expect(view.state.readOnly).toBe(true);
  insert(view, 0, "no");
  expect(view.state.doc.toString()).toBe(SOURCE);
  // What others do is shown all the same.
  text.replaceRange({ from: 0, to: 0 }, "they ");
  expect(view.state.doc.toString()).toBe(`they ${SOURCE}`);
  editable.set(true);
  insert(view, 0, "yes ");
  expect(text.markdown()).toBe(`yes they ${SOURCE}`);
});

test("a section that is a plain string is shown and cannot be changed", () => {
  const broken = A.change(textDocument(SOURCE), (root) => {
    const sections = root["sections"] as Record<string, Record<string, unknown>>;
    for (const section of Object.values(sections)) {
      if (String(section["text"]).startsWith("# Two")) {
        section["text"] = new A.ImmutableString("# Fixed\n\nplain\n");
      }
    }
  });
  const { view, text } = show(new LoneDocument(broken));
  const whole = "# One\n\nfirst\n\n# Fixed\n\nplain\n";
  expect(view.state.doc.toString()).toBe(whole);
  insert(view, whole.indexOf("plain") + 2, "x");
  expect(view.state.doc.toString()).toBe(whole);
  insert(view, 7, "my ");
  expect(text.markdown()).toBe(whole.replace("first", "my first"));
  view.dispatch({ changes: { from: 0, to: view.state.doc.length } });
  expect(view.state.doc.toString()).toBe(text.markdown());
  expect(text.markdown()).toContain("plain");
});

test("what was typed is written when the editor loses the focus", () => {
  const { view, text } = show(copyOf(textDocument(SOURCE)));
  insert(view, 0, "x");
  expect(text.waiting).toBe(1);
  view.contentDOM.dispatchEvent(new FocusEvent("blur"));
  expect(text.waiting).toBe(0);
});
