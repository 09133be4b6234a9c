/**
 * What a keystroke costs in a long draft while ten people type elsewhere, without the page's drawing:
 * the editor's transaction, its sections, the change, and what others' changes cost in between.
 */
import * as A from "@automerge/automerge";
import { existsSync, readFileSync } from "node:fs";
import { bench, describe } from "vitest";
import { LoneDocument, type MutableRoot } from "../../document/live";
import { LiveText } from "../../document/text-model";
import { textDocument } from "../../testing/drafts";
import { Editor } from "../../testing/editor";
import { seeded } from "../../testing/random";

const corpus = process.env["PLENARY_CORPUS"] ?? new URL("../../../../../shared/data", import.meta.url).pathname;
const file = `${corpus}/nist-sp800-63b.md`;
const source = existsSync(file)
  ? readFileSync(file, "utf8").replace(/\r\n?/g, "\n")
  : `${"# A heading\n\n"}${`${"word ".repeat(80)}\n\n`.repeat(12)}`.repeat(40);
console.log(`${existsSync(file) ? file : "a made-up text"}: ${source.length} UTF-16 units`);

const base = textDocument(source, seeded(1));
const bytes = A.save(base);
const idle = { schedule: () => () => undefined };

describe("opening", () => {
  bench("load the document, read its sections, begin an editor", () => {
    const live = new LoneDocument(A.load<MutableRoot>(bytes));
    new Editor(new LiveText(live, idle));
  });
});

describe("typing at the top", () => {
  const mine = new LiveText(new LoneDocument(A.load<MutableRoot>(bytes)), idle);
  const editor = new Editor(mine);
  bench("one key", () => {
    const at = editor.text.indexOf("\n") + 1;
    editor.type(at, at, "x");
    if (mine.waiting >= 10) {
      mine.flush();
    }
  });
});

describe("ten others type all over the text", () => {
  const live = new LoneDocument(A.load<MutableRoot>(bytes));
  const mine = new LiveText(live, idle);
  const editor = new Editor(mine);
  const others = Array.from({ length: 10 }, (_, index) => {
    const document = new LoneDocument(A.load<MutableRoot>(bytes));
    return { document, text: new LiveText(document, { ...idle, random: seeded(index + 10) }) };
  });
  const random = seeded(5);
  bench("a message with a change of each, and one's own key", () => {
    const changes = others.flatMap(({ document, text }) => {
      const at = random() % text.markdown().length;
      const before = A.getHeads(document.doc() as A.Doc<MutableRoot>);
      text.replaceRange({ from: at, to: at }, "y");
      text.flush();
      return A.getChangesSince(document.doc() as A.Doc<MutableRoot>, before);
    });
    live.receive(changes);
    editor.type(0, 0, "x");
  });
});

describe("one other types", () => {
  const live = new LoneDocument(A.load<MutableRoot>(bytes));
  const mine = new LiveText(live, idle);
  const editor = new Editor(mine);
  const document = new LoneDocument(A.load<MutableRoot>(bytes));
  const text = new LiveText(document, { ...idle, random: seeded(99) });
  const random = seeded(6);
  const prepared = Array.from({ length: 3000 }, () => {
    const before = A.getHeads(document.doc() as A.Doc<MutableRoot>);
    const at = random() % text.markdown().length;
    text.replaceRange({ from: at, to: at }, "y");
    text.flush();
    return A.getChangesSince(document.doc() as A.Doc<MutableRoot>, before);
  });
  let next = 0;
  bench(
    "receiving one change",
    () => {
      live.receive(prepared[next % prepared.length] ?? []);
      next += 1;
      void editor.state;
    },
    { iterations: 1000, time: 0 },
  );
});
