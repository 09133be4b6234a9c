// What changed between two versions, as text to read: paragraphs with what came and what went. Pure.

import type { PassageView } from "../document/draft";
import type { ParticipantId } from "../document/ids";

export interface Segment {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
  readonly participant: ParticipantId | null;
  /** Where it stands, or stood, in the newer text, in UTF-16 units. */
  readonly offset: number;
}

/** What came or went, as far as it matters here. */
export type Came = Pick<PassageView, "kind" | "offset" | "text" | "participant">;

/** A paragraph, or a run of paragraphs in which nothing changed. */
export interface Paragraph {
  readonly segments: readonly Segment[];
  readonly isChanged: boolean;
}

/** The newer text in segments, with what was removed in its place. Passages beyond the text are ignored. */
export function segmentsOf(markdown: string, passages: readonly Came[]): Segment[] {
  const out: Segment[] = [];
  let at = 0;
  const same = (to: number): void => {
    if (to > at) out.push({ kind: "same", text: markdown.slice(at, to), participant: null, offset: at });
    at = Math.max(at, to);
  };
  const sorted = [...passages].sort(
    (one, other) => one.offset - other.offset || (one.kind === other.kind ? 0 : one.kind === "removed" ? -1 : 1),
  );
  for (const passage of sorted) {
    if (passage.offset > markdown.length) continue;
    same(passage.offset);
    if (passage.kind === "removed")
      out.push({ kind: "removed", text: passage.text, participant: passage.participant, offset: passage.offset });
    else {
      const from = Math.max(at, passage.offset);
      const to = Math.min(markdown.length, passage.offset + passage.text.length);
      if (to > from)
        out.push({ kind: "added", text: markdown.slice(from, to), participant: passage.participant, offset: from });
      at = Math.max(at, to);
    }
  }
  same(markdown.length);
  return out;
}

/** Segments cut into paragraphs at blank lines. */
export function paragraphsOf(segments: readonly Segment[]): Paragraph[] {
  const out: Paragraph[] = [];
  let current: Segment[] = [];
  const end = (): void => {
    if (current.length > 0)
      out.push({ segments: current, isChanged: current.some((segment) => segment.kind !== "same") });
    current = [];
  };
  for (const segment of segments) {
    let offset = segment.offset;
    const parts = segment.text.split(/(\n{2,})/);
    parts.forEach((part, index) => {
      if (index % 2 === 1) {
        // The blank lines themselves matter only to the eye.
        if (segment.kind !== "removed") end();
        else if (part !== "") current.push({ ...segment, text: " ¶ ", offset });
      } else if (part !== "") current.push({ ...segment, text: part, offset });
      if (segment.kind !== "removed") offset += part.length;
    });
  }
  end();
  return out;
}

/** Runs of unchanged paragraphs, folded but for the one next to a change. */
export type Shown =
  | { readonly kind: "paragraph"; readonly paragraph: Paragraph }
  | { readonly kind: "fold"; readonly paragraphs: readonly Paragraph[]; readonly key: number };

/** What to show of a comparison: changes with their neighbours, and folds between them. */
export function folded(paragraphs: readonly Paragraph[]): Shown[] {
  const near = paragraphs.map(
    (paragraph, index) =>
      paragraph.isChanged || paragraphs[index - 1]?.isChanged === true || paragraphs[index + 1]?.isChanged === true,
  );
  const out: Shown[] = [];
  for (let index = 0; index < paragraphs.length;) {
    const paragraph = paragraphs[index];
    if (!paragraph) break;
    if (near[index]) {
      out.push({ kind: "paragraph", paragraph });
      index++;
      continue;
    }
    let end = index;
    while (end < paragraphs.length && !near[end]) end++;
    out.push({ kind: "fold", paragraphs: paragraphs.slice(index, end), key: index });
    index = end;
  }
  return out;
}
