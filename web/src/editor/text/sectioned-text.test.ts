import { Text } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import * as A from "@automerge/automerge";
import fc from "fast-check";
import { wellFormed } from "../../document/sections/difference";
import type { LoneDocument, MutableRoot } from "../../document/live";
import { readSections } from "../../document/schema/text";
import { rootOf } from "../../document/live";
import { LiveText } from "../../document/text-model";
import { copyOf, textDocument } from "../../testing/drafts";
import { Editor } from "../../testing/editor";
import { seeded } from "../../testing/random";

/** A device with one document, and two editors on it. */
class Device {
  readonly model: LiveText;
  readonly editors: readonly [Editor, Editor];

  constructor(
    readonly live: LoneDocument,
    seed: number,
  ) {
    this.model = new LiveText(live, {
      random: seeded(seed),
      schedule: () => () => undefined,
      onError: (error) => {
        throw error;
      },
    });
    this.editors = [new Editor(this.model), new Editor(this.model)];
  }

  check(): void {
    expect(this.model.corrections).toBe(0);
    const text = this.model.markdown();
    for (const editor of this.editors) {
      expect(editor.text).toBe(text);
    }
    if (this.model.waiting === 0) {
      expect(readSections(rootOf(this.live)).markdown()).toBe(text);
    }
  }

  changesNotIn(other: Device): Uint8Array[] {
    return A.getChanges(other.live.doc() as A.Doc<MutableRoot>, this.live.doc() as A.Doc<MutableRoot>);
  }
}

const SOURCE = "---\ntitle: x\n---\n# One\n\nFirst text 😀\n\n## Two\n\n- a\n- b\n\n# Three\n\nlast\n\n# Four\nend";

const place = fc.nat({ max: 200 });
const words = fc.string({
  unit: fc.constantFrom("a", "b ", "\n", "\n\n", "# ", "é", "😀", "===", "\n# H\n\n", "- "),
  maxLength: 5,
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("type"), one: place, two: place, words }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("insert"), one: place, two: place, words }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("several"), one: place, two: place, words }) },
  ...["undo", "redo", "flush", "move", "all", "receive", "receive", "receive"].map((kind) => ({
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant(kind), one: place, two: place, words }),
  })),
);
const action = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 1 }), step);

function act(
  devices: readonly Device[],
  device: Device,
  editor: Editor,
  { kind, one, two, words: insert }: { kind: string; one: number; two: number; words: string },
): void {
  const { length } = editor.state.doc;
  const from = Math.min(one, two) % (length + 1);
  const to = Math.min(length, from + (Math.abs(one - two) % 40));
  switch (kind) {
    case "type":
      editor.type(from, to, insert);
      break;
    case "insert":
      editor.type(from, from, insert);
      break;
    case "several":
      editor.dispatch({
        changes: [
          { from: Math.min(one, length), insert },
          { from: Math.min(two, length), insert },
        ],
      });
      break;
    case "undo":
      editor.undo();
      break;
    case "redo":
      editor.redo();
      break;
    case "flush":
      device.model.flush();
      break;
    case "move":
      device.model.movePassage({ from, to }, two % (length + 1));
      break;
    case "all":
      device.model.replaceAll(editor.text.replace("a", insert));
      break;
    default: {
      const other = devices[one % devices.length] ?? device;
      other.model.flush();
      const changes = other.changesNotIn(device);
      // Some of them, in another order: what misses its dependencies waits inside of Automerge.
      const random = seeded(two + 1);
      const some = changes.filter(() => random() % 4 > 0).sort(() => (random() % 2 === 0 ? 1 : -1));
      device.live.receive(some);
    }
  }
}

test("every editor shows the document's text, whatever happens in whatever order", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), fc.integer(), (actions, seed) => {
      const base = textDocument(SOURCE, seeded(seed));
      const devices = [1, 2, 3].map((it) => new Device(copyOf(base), seed + it));
      for (const [who, which, what] of actions) {
        const device = devices[who];
        const editor = device?.editors[which];
        if (device !== undefined && editor !== undefined) {
          act(devices, device, editor, what);
          device.check();
        }
      }
      for (const device of devices) {
        device.model.flush();
      }
      for (const device of devices) {
        for (const other of devices) {
          device.live.receive(other.changesNotIn(device));
        }
      }
      for (const device of devices) {
        for (const other of devices) {
          device.live.receive(other.changesNotIn(device));
        }
        device.check();
        expect(device.model.markdown()).toBe(devices[0]?.model.markdown());
      }
    }),
    { numRuns: Number(process.env["PLENARY_RUNS"] ?? 200) },
  );
});

/** Two devices with the same draft. */
const two = (): [Device, Device] => {
  const base = textDocument(SOURCE);
  return [new Device(copyOf(base), 1), new Device(copyOf(base), 2)];
};
/** Brings one device what the other has written. */
const deliver = (from: Device, to: Device): void => {
  from.model.flush();
  to.live.receive(from.changesNotIn(to));
};

describe("undo", () => {
  test("takes back one's own edits only", () => {
    const [mine, theirs] = two();
    const at = SOURCE.indexOf("First");
    mine.editors[0].type(at, at, "My ");
    theirs.editors[0].type(SOURCE.indexOf("last"), SOURCE.indexOf("last"), "their ");
    deliver(theirs, mine);
    expect(mine.editors[0].undo()).toBe(true);
    expect(mine.model.markdown()).toBe(SOURCE.replace("last", "their last"));
    expect(mine.editors[0].undo()).toBe(false);
    mine.editors[0].redo();
    expect(mine.model.markdown()).toBe(SOURCE.replace("last", "their last").replace("First", "My First"));
  });

  test("puts a passage back into the sections it came from", () => {
    const [mine] = two();
    const texts = mine.model.state.all.map((it) => it.text);
    mine.editors[0].type(SOURCE.indexOf("text"), SOURCE.indexOf("ast\n"), "");
    expect(mine.model.state.all.map((it) => it.text)[1]).toBe("# One\n\nFirst ast\n");
    mine.editors[0].undo();
    expect(mine.model.state.all.map((it) => it.text)).toEqual(texts);
    mine.check();
  });

  test("keeps what others typed meanwhile into a passage that was deleted", () => {
    const [mine, theirs] = two();
    mine.editors[0].type(SOURCE.indexOf("First"), SOURCE.indexOf("# Four"), "");
    mine.model.flush();
    const item = theirs.model.markdown().indexOf("- b");
    theirs.editors[0].type(item, item, "kept ");
    deliver(theirs, mine);
    expect(mine.model.markdown()).toContain("kept ");
    mine.editors[0].undo();
    mine.model.flush();
    mine.check();
    expect(mine.model.markdown()).toContain("kept ");
    expect(mine.model.markdown()).toContain("- a\n- b\n\n# Three\n\nlast\n");
  });

  test("chapters that come back stand before what others typed in them meanwhile", () => {
    const base = textDocument("# A\n\na\n\n# B\n\nb\n\n# C\n\nc");
    const [mine, theirs] = [new Device(copyOf(base), 1), new Device(copyOf(base), 2)];
    const whole = mine.model.markdown();
    const texts = mine.model.state.all.map((it) => it.text);
    const end = theirs.model.markdown().indexOf("b\n") + 1;
    for (const [from, to, after] of [
      [0, whole.length, ["# A\n\na\n\n", "# B\n\nb\n\n X", "# C\n\nc"]],
      [whole.indexOf("# B"), whole.indexOf("# C"), ["# A\n\na\n\n", "# B\n\nb\n\n X", "# C\n\nc"]],
    ] as const) {
      mine.editors[0].type(from, to, "");
      theirs.editors[0].type(end, end, " X");
      deliver(theirs, mine);
      mine.editors[0].undo();
      mine.check();
      expect(mine.model.state.all.map((it) => it.text)).toEqual(after);
      mine.editors[0].redo();
      mine.check();
      expect(mine.model.markdown()).toContain(" X");
      mine.editors[0].undo();
      mine.check();
      mine.model.replaceAll(whole);
      theirs.live.receive(mine.changesNotIn(theirs));
      expect(mine.model.state.all.map((it) => it.text)).toEqual(texts);
    }
  });
});

describe("undo across the borders of sections", () => {
  test("puts a joined line back into its section", () => {
    const base = textDocument("# A\n\na\n# B\n\nb\n");
    const device = new Device(copyOf(base), 1);
    const texts = device.model.state.all.map((it) => it.text);
    device.editors[0].type(6, 7, "");
    expect(device.model.state.all.map((it) => it.text)).toEqual(["# A\n\na# B\n", "\nb\n"]);
    device.editors[0].undo();
    expect(device.model.state.all.map((it) => it.text)).toEqual(texts);
    device.editors[0].redo();
    expect(device.model.markdown()).toBe("# A\n\na# B\n\nb\n");
    device.check();
  });

  test("a whole paste goes at once, a heading typed after it comes back empty", () => {
    const [mine] = two();
    const end = mine.editors[0].state.doc.length;
    mine.editors[0].type(end, end, "\n\n# Five\n\ntext\n\n# Six\n");
    expect(mine.model.state.all.map((it) => it.text).slice(-3)).toEqual([
      "# Four\nend\n\n",
      "# Five\n\ntext\n\n",
      "# Six\n",
    ]);
    mine.editors[0].undo();
    expect(mine.model.markdown()).toBe(SOURCE);
    mine.editors[0].redo();
    expect(mine.model.state.all.map((it) => it.text).slice(-3)).toEqual([
      "# Four\nend\n\n",
      "# Five\n\ntext\n\n",
      "# Six\n",
    ]);
  });
});

test("a move is undone as a move, and a restored version as one step", () => {
  const device = new Device(copyOf(textDocument(SOURCE)), 1);
  const [editor] = device.editors;
  const order = device.model.state.all.map((it) => it.id);
  const from = SOURCE.indexOf("# Three");
  device.model.movePassage({ from, to: SOURCE.indexOf("# Four") }, SOURCE.indexOf("# One"));
  expect(device.model.state.all.map((it) => it.id)).not.toEqual(order);
  editor.undo();
  expect(device.model.markdown()).toBe(SOURCE);
  expect(device.model.state.all.map((it) => it.id)).toEqual(order);
  editor.redo();
  expect(device.model.markdown().indexOf("# Three")).toBeLessThan(from);
  editor.undo();
  device.model.replaceAll(SOURCE.replace("First", "A second").replace("last", "least"));
  editor.undo();
  expect(device.model.markdown()).toBe(SOURCE);
  device.check();
});

test("undoing a move takes along what others wrote in the part meanwhile", () => {
  const base = textDocument(SOURCE);
  const [mine, theirs] = [new Device(copyOf(base), 1), new Device(copyOf(base), 2)];
  const from = SOURCE.indexOf("# Three");
  mine.model.movePassage({ from, to: SOURCE.indexOf("# Four") }, SOURCE.indexOf("# One"));
  const at = SOURCE.indexOf("last") + 4;
  theirs.editors[0].dispatch({ changes: { from: at, insert: " words" } });
  theirs.model.flush();
  mine.live.receive(theirs.changesNotIn(mine));
  expect(mine.model.markdown().indexOf("last words")).toBeLessThan(from);
  mine.editors[0].undo();
  expect(mine.model.markdown()).toBe(SOURCE.replace("last", "last words"));
  mine.check();
  mine.editors[0].redo();
  expect(mine.model.markdown().indexOf("last words")).toBeLessThan(from);
  mine.check();
});

test("a cursor in a section that somebody moves goes with it", () => {
  const base = textDocument(SOURCE);
  const [mine, theirs] = [new Device(copyOf(base), 1), new Device(copyOf(base), 2)];
  const at = SOURCE.indexOf("ast\n");
  mine.editors[0].dispatch({ selection: { anchor: at } });
  const from = SOURCE.indexOf("# Three");
  theirs.model.movePassage({ from, to: SOURCE.indexOf("# Four") }, SOURCE.indexOf("# One"));
  mine.live.receive(theirs.changesNotIn(mine));
  mine.check();
  const { head } = mine.editors[0].state.selection.main;
  expect(mine.editors[0].text.slice(head, head + 3)).toBe("ast");
});

test("surrogate pairs are never split", () => {
  const device = new Device(copyOf(textDocument("a😀b\n")), 1);
  const [editor] = device.editors;
  editor.type(2, 3, "");
  expect(editor.text).toBe("ab\n");
  editor.undo();
  editor.type(2, 2, "x");
  expect(wellFormed(editor.text)).toBe(editor.text);
  device.model.flush();
  device.check();
});

test("lines end with one character, whatever a clipboard ends them with", () => {
  const device = new Device(copyOf(textDocument("# A\n\na\n")), 1);
  const [editor] = device.editors;
  editor.dispatch({ changes: { from: 6, insert: Text.of(["\r", "\r", "# B\r\rb"]) } });
  expect(editor.text).toBe("# A\n\na\n\n# B\n\nb\n");
  device.model.flush();
  device.check();
});

test("typing becomes changes of some ten operations", () => {
  const run: (() => void)[] = [];
  const live = copyOf(textDocument(SOURCE));
  const model = new LiveText(live, {
    random: seeded(3),
    schedule: (task) => {
      run.push(task);
      return () => {
        run.splice(run.indexOf(task), 1);
      };
    },
  });
  const editor = new Editor(model);
  const before = A.getAllChanges(live.doc() as A.Doc<MutableRoot>).length;
  for (let index = 0; index < 40; index += 1) {
    editor.type(30 + index, 30 + index, "x");
    if (model.waiting >= 10) {
      run.pop()?.();
    }
  }
  expect(A.getAllChanges(live.doc() as A.Doc<MutableRoot>).length - before).toBe(4);
});

test("a large paste in the middle of a section is cut, and undone as one step", () => {
  const device = new Device(copyOf(textDocument(SOURCE)), 1);
  const [editor] = device.editors;
  const paste = `${`${"word ".repeat(60)}\n\n`.repeat(20)}## Pasted\n\n${"end ".repeat(500)}\n\n`;
  const at = SOURCE.indexOf("First");
  editor.type(at, at, paste);
  device.model.flush();
  device.check();
  const sizes = device.model.state.all.map((it) => it.text.length);
  expect(device.model.markdown()).toBe(SOURCE.slice(0, at) + paste + SOURCE.slice(at));
  expect(Math.max(...sizes)).toBeLessThan(4000);
  expect(Object.keys(rootOf(device.live)["splits"] as object).length).toBeGreaterThan(2);
  editor.undo();
  expect(device.model.markdown()).toBe(SOURCE);
  device.model.flush();
  device.check();
});
