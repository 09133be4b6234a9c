import { describe, expect, test } from "vitest";
import * as A from "@automerge/automerge";
import { readFileSync } from "node:fs";
import { Anchors } from "./anchors";
import type { Anchor } from "./draft";
import { changeHash, sectionId } from "./ids";
import { LoneDocument, rootOf, type MutableRoot } from "./live";
import { readComments } from "./schema/discussion";
import { readSections } from "./schema/text";
import type { Node } from "./schema/value";
import { LiveText } from "./text-model";
import { copyOf, textDocument } from "../testing/drafts";
import { seeded } from "../testing/random";

const folder = new URL("../../../crates/draft/testdata/draft/", import.meta.url);
const load = (name: string): A.Doc<MutableRoot> =>
  A.load<MutableRoot>(readFileSync(new URL(`${name}.automerge`, folder)));

interface ExpectedAnchor {
  state: string;
  section?: string;
  start?: number;
  end?: number;
  changed?: boolean;
}

test("anchors of the draft that Rust wrote resolve as there", () => {
  const expected = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as {
    comments: Record<string, { anchor: ExpectedAnchor | null }>;
  };
  const live = new LoneDocument(load("text"));
  const sections = readSections(rootOf(live));
  const anchors = new Anchors(live);
  for (const [key, { anchor }] of readComments(load("discussion") as Node)) {
    const wanted = expected.comments[key]?.anchor ?? null;
    if (anchor === null || wanted === null) {
      expect(anchor).toBe(wanted);
      continue;
    }
    const state = anchors.resolve(sections, anchor);
    expect(state.kind).toBe(wanted.state);
    if (state.kind === "attached") {
      const start = sections.start(sections.indexOf(state.section));
      expect(state.section).toBe(wanted.section);
      expect([state.range.from - start, state.range.to - start]).toEqual([wanted.start, wanted.end]);
      expect(state.changed).toBe(wanted.changed);
    }
  }
});

const SOURCE = "# One\n\nThe quick 😀 fox\n\n# Two\n\nlazy dog\n";

function draft(): { live: LoneDocument; text: LiveText; anchors: Anchors } {
  const live = copyOf(textDocument(SOURCE));
  const text = new LiveText(live, { random: seeded(5), schedule: () => () => undefined });
  return { live, text, anchors: new Anchors(live) };
}

function anchorOn({ text, anchors }: { text: LiveText; anchors: Anchors }, words: string): Anchor {
  const from = text.markdown().indexOf(words);
  const anchor = anchors.make(text.state, { from, to: from + words.length });
  if (anchor === null) {
    throw new Error("no anchor");
  }
  return anchor;
}

const found = (text: LiveText, anchors: Anchors, anchor: Anchor): string | null => {
  const state = anchors.resolve(text.state, anchor);
  return state.kind === "attached" || state.kind === "moved"
    ? `${state.kind} ${text.markdown().slice(state.range.from, state.range.to)}`
    : state.kind;
};

describe("an anchor", () => {
  test("follows its passage through edits around and within it", () => {
    const it = draft();
    const anchor = anchorOn(it, "quick 😀");
    expect(anchor.quote).toBe("quick 😀");
    it.text.replaceRange({ from: 0, to: 0 }, "intro ");
    const at = it.text.markdown().indexOf("ick");
    it.text.replaceRange({ from: at, to: at + 1 }, "I");
    it.text.flush();
    expect(found(it.text, it.anchors, anchor)).toBe("attached quIck 😀");
  });

  test("is orphaned when its passage is deleted, and moved when it was cut and pasted", () => {
    const it = draft();
    const anchor = anchorOn(it, "quick 😀 fox");
    const from = it.text.markdown().indexOf("quick");
    it.text.replaceRange({ from, to: from + anchor.quote.length }, "");
    it.text.flush();
    expect(found(it.text, it.anchors, anchor)).toBe("orphaned");
    it.text.replaceRange(
      { from: it.text.markdown().indexOf("lazy"), to: it.text.markdown().indexOf("lazy") },
      "quick 😀 fox ",
    );
    it.text.flush();
    expect(found(it.text, it.anchors, anchor)).toBe("moved quick 😀 fox");
  });

  test("goes along when its section is divided and moved", () => {
    const it = draft();
    const anchor = anchorOn(it, "fox");
    const from = it.text.markdown().indexOf("The quick");
    const to = it.text.markdown().indexOf("# Two");
    it.text.movePassage({ from, to }, it.text.markdown().length);
    expect(it.text.markdown()).toBe("# One\n\n# Two\n\nlazy dog\nThe quick 😀 fox\n\n");
    expect(found(it.text, it.anchors, anchor)).toBe("attached fox");
  });

  test("is pending while its text has not arrived", () => {
    const it = draft();
    const other = draft();
    const base = A.clone(it.live.doc() as A.Doc<MutableRoot>);
    const live = new LoneDocument(base);
    other.text.close();
    const theirs = new LiveText(live, { random: seeded(9), schedule: () => () => undefined });
    theirs.replaceRange({ from: 0, to: 0 }, "# New\n\nfresh words\n\n");
    theirs.flush();
    const anchor = anchorOn({ text: theirs, anchors: new Anchors(live) }, "fresh words");
    expect(found(it.text, it.anchors, anchor)).toBe("pending");
  });

  test("of any peer, whatever it says, harms nothing", () => {
    const it = draft();
    const good = anchorOn(it, "fox");
    const lazy = anchorOn(it, "lazy");
    const cursors = [
      "",
      "s",
      "e",
      "1@",
      "@ab",
      "5@zz",
      "-2@abc",
      "é@ä",
      "99999999999@ab",
      "1@abcd",
      "x".repeat(1e5),
      good.start,
      lazy.start,
      `-${good.start}`,
      `1@${good.start.split("@")[1] ?? ""}`,
      "0@00",
    ];
    for (const start of cursors) {
      for (const end of cursors) {
        for (const section of [good.section, lazy.section, sectionId("nothing"), sectionId("__proto__")]) {
          for (const heads of [good.heads, [], [changeHash("0".repeat(64))]]) {
            it.anchors.resolve(it.text.state, { section, start, end, quote: "fox", heads });
          }
        }
      }
    }
    expect(found(it.text, it.anchors, good)).toBe("attached fox");
  });
});
