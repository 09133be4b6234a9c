import { expect, test } from "vitest";
import * as A from "@automerge/automerge";
import { changeHash } from "./ids";
import { rootOf, type MutableRoot } from "./live";
import { readMetadata, readSections, readTitle } from "./schema/text";
import { asMap } from "./schema/value";
import { LiveText } from "./text-model";
import { knows, versionAt } from "./versions";
import { copyOf, textDocument } from "../testing/drafts";

test("an old version reads as Automerge's own view of it", () => {
  const live = copyOf(textDocument("# One\n\na 😀\n\n# Two\n\nb\n"));
  const text = new LiveText(live, { schedule: () => () => undefined });
  const versions = [A.getHeads(live.doc())];
  for (const [from, to, insert] of [
    [0, 5, "# 1"],
    [7, 9, "x"],
    [0, 0, "y\n\n# New\n\n"],
  ] as const) {
    text.replaceRange({ from, to }, insert);
    text.flush();
    versions.push(A.getHeads(live.doc()));
  }
  text.setTitle("Another title");
  text.setMetadata("licence", "CC0");
  versions.push(A.getHeads(live.doc()));
  for (const heads of versions) {
    const root = asMap(A.view(live.doc() as A.Doc<MutableRoot>, heads)) ?? {};
    const version = versionAt(live.doc(), heads.map(changeHash));
    expect(version.sections.all).toEqual(readSections(root).all);
    expect(version.title).toBe(readTitle(root));
    expect(version.metadata).toEqual(readMetadata(root));
  }
  expect(versionAt(live.doc(), versions.at(-1)?.map(changeHash) ?? []).title).toBe("Another title");
  expect(readTitle(rootOf(live))).toBe("Another title");
});

test("unknown and garbled heads are not known", () => {
  const live = copyOf(textDocument("# One\n"));
  expect(knows(live.doc(), A.getHeads(live.doc()))).toBe(true);
  expect(knows(live.doc(), [])).toBe(true);
  for (const garbage of ["", "x", "0".repeat(64), "é".repeat(64), "00"]) {
    expect(knows(live.doc(), [garbage])).toBe(false);
  }
});
