// Pasted content between HTML and Markdown: blocks of runs of words. Pure data.

/** A run of words with one look. */
export interface Run {
  readonly text: string;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly struck: boolean;
  readonly code: boolean;
  readonly raise: "none" | "sup" | "sub";
  /** Only http, https and mailto addresses. */
  readonly href: string | null;
  /** The key of a footnote that is referred to here; `text` is empty then. */
  readonly note: string | null;
}

export type Block =
  | { readonly kind: "paragraph"; readonly runs: readonly Run[] }
  | { readonly kind: "heading"; readonly level: number; readonly runs: readonly Run[] }
  | {
      readonly kind: "list";
      readonly isOrdered: boolean;
      readonly start: number;
      readonly items: readonly (readonly Block[])[];
    }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "rule" }
  | {
      readonly kind: "table";
      readonly rows: readonly (readonly (readonly Block[])[])[];
      readonly alignments: readonly ("none" | "centre" | "end")[];
    };

/** All that was pasted. */
export interface Pasted {
  readonly blocks: readonly Block[];
  /** Footnotes by their keys, in the order in which they were found. */
  readonly notes: ReadonlyMap<string, readonly Block[]>;
}

export const PLAIN: Run = {
  text: "",
  bold: false,
  italic: false,
  struck: false,
  code: false,
  raise: "none",
  href: null,
  note: null,
};
