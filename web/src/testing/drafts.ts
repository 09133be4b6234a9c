/** Drafts for tests, as the relay would make them. */
import * as A from "@automerge/automerge";
import { sectionId } from "../document/ids";
import { randomKey } from "../document/keys";
import { LoneDocument, type MutableRoot } from "../document/live";
import { cut } from "../document/sections/cut";
import { keysBetween, type Random } from "../document/sections/order";
import { seeded } from "./random";

/** A text document that holds `markdown`. */
export function textDocument(markdown: string, random: Random = seeded(7)): A.Doc<MutableRoot> {
  const pieces = cut(markdown);
  const orders = keysBetween(null, null, Math.max(pieces.length, 2), "test") ?? [];
  const sections = Object.fromEntries(
    pieces.map((text, index) => [
      sectionId(randomKey(random)),
      { order: new A.ImmutableString(orders[index] ?? ""), text },
    ]),
  );
  return A.from<MutableRoot>({
    title: "A draft",
    metadata: { language: new A.ImmutableString("en") },
    sections,
    splits: {},
    lineEnding: new A.ImmutableString("lf"),
    lineEndingExceptions: {},
  });
}

/** The same document on another device, with an actor of its own. */
export const copyOf = (document: A.Doc<MutableRoot>): LoneDocument => new LoneDocument(A.clone(document));
