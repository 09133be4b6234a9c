/**
 * What the interface sees of a draft: its text, discussion, record and history.
 *
 * Offsets and indexes count UTF-16 units, as JavaScript and CodeMirror do. An *offset* is a place in
 * the whole text, an *index* one within a section. Times are milliseconds since the Unix epoch.
 */
import type { ActorId, ChangeHash, EntryId, Heads, ParticipantId, SectionId } from "./ids";
import type { Readable } from "./store";

/** A passage of the whole text: `from` up to, not including, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** One section of the text. */
export interface SectionView {
  readonly id: SectionId;
  /** Where it begins in the whole text. */
  readonly from: number;
  /** Where its own text ends; a newline that joining puts after it is not its own. */
  readonly to: number;
  readonly text: string;
  /** False where a plain string stands in place of the text: shown, never edited. */
  readonly editable: boolean;
}

/** A heading outside of lists and quotes. */
export interface Heading {
  /** From 1 to 6. */
  readonly level: number;
  /** Counted by nesting, such as `2.1`. */
  readonly number: string;
  /** Its words, with Markdown as written. */
  readonly title: string;
  readonly section: SectionId;
  /** Where its line begins. */
  readonly offset: number;
  /** Where everything under it ends: the next heading of its level or above, or the text's end. */
  readonly end: number;
}

/** The text at other heads than the present. */
export interface TextAt {
  readonly title: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly markdown: string;
  readonly sections: readonly SectionView[];
}

/** The text: one continuous Markdown source over the draft's sections. */
export interface TextModel {
  /** The draft's title. */
  readonly title: Readable<string>;
  /** Language, licence and the like, by name. */
  readonly metadata: Readable<Readonly<Record<string, string>>>;
  /** Counts up whenever text or sections change, by whomever. Use it to recompute what depends. */
  readonly version: Readable<number>;
  /** The present sections in the order in which they are read, empty ones included. */
  sections(): readonly SectionView[];
  /** The whole text, with LF only. */
  markdown(): string;
  /** The headings in the order in which they are read. */
  outline(): readonly Heading[];
  /** The section and index at an offset, and back; null when there is no such place. */
  placeAt(offset: number): { readonly section: SectionId; readonly index: number } | null;
  offsetOf(section: SectionId, index: number): number | null;

  /** Changes the title, as few words of it as possible. */
  setTitle(title: string): void;
  /** Sets a field of the metadata, or takes it out. */
  setMetadata(name: string, value: string | null): void;
  /** Replaces a passage, in the sections in which it stands. Editors show it at once. */
  replaceRange(range: Range, insert: string): void;
  /** Makes the whole text equal to `markdown` by the smallest difference (restoring a version). */
  replaceAll(markdown: string): void;
  /**
   * Moves everything from `from` to `to` (a heading with what is under it) to the offset `before`,
   * keeping everyone's concurrent edits to it: sections are moved, and divided where they must be.
   */
  movePassage(range: Range, before: number): void;
  /** Writes what was typed and still waits to be one change. Happens by itself soon enough. */
  flush(): void;
  /** The text as it stood at `heads`; null when they are not known here. */
  at(heads: Heads): TextAt | null;
}

/** Where an anchor's passage is now. */
export type AnchorState =
  | {
      readonly kind: "attached";
      readonly section: SectionId;
      readonly range: Range;
      /** Whether the words differ from the quote. */
      readonly changed: boolean;
    }
  /** Cut and pasted: the same words stand elsewhere, and only once. */
  | { readonly kind: "moved"; readonly section: SectionId; readonly range: Range }
  /** Its text has not arrived yet. */
  | { readonly kind: "pending" }
  /** The passage was deleted; show the quote. */
  | { readonly kind: "orphaned" };

/** An anchor as it stands in a document. */
export interface Anchor {
  readonly section: SectionId;
  readonly start: string;
  readonly end: string;
  readonly quote: string;
  readonly heads: Heads;
}

/** What every entry of the discussion has. */
export interface EntryView {
  readonly id: EntryId;
  readonly participant: ParticipantId;
  /** Who says it, when a facilitator entered it for them; null when its author does. */
  readonly behalf: ParticipantId | null;
  /** The actor that made it; only that actor's participant can change it. */
  readonly actor: ActorId;
  readonly created: number;
  readonly edited: number | null;
  readonly withdrawn: boolean;
  /** Whether it is one's own: may be edited and withdrawn. */
  readonly own: boolean;
}

export interface CommentView extends EntryView {
  readonly body: string;
  readonly anchor: Anchor | null;
  readonly replyTo: EntryId | null;
  /** Whether this reply says that the thread is settled. */
  readonly resolves: boolean;
}

/** A comment with its replies, oldest first. */
export interface ThreadView {
  readonly id: EntryId;
  readonly comment: CommentView;
  readonly replies: readonly CommentView[];
  /** Null for a comment on the whole draft. */
  readonly place: AnchorState | null;
  /** Settled: the last reply that was not withdrawn says so. */
  readonly resolved: boolean;
}

export interface SuggestionView extends EntryView {
  readonly anchor: Anchor | null;
  readonly place: AnchorState;
  readonly replacement: string;
  readonly reason: string;
}

export interface PositionView extends EntryView {
  readonly recommendation: EntryId;
  readonly group: EntryId | null;
  readonly stand: string;
  readonly reason: string;
}

/** Comments, suggestions and positions. Editing throws {@link NotAllowed} when one may not. */
export interface Discussion {
  /** In reading order: attached ones by place, then those on the whole draft, then orphaned. */
  readonly threads: Readable<readonly ThreadView[]>;
  readonly suggestions: Readable<readonly SuggestionView[]>;
  readonly positions: Readable<readonly PositionView[]>;
  /**
   * Comments on a passage, or on the whole draft with null. Facilitators may enter something on `behalf` of
   * a person of the draft, here and below; that is said once and for all.
   */
  comment(range: Range | null, body: string, behalf?: ParticipantId | null): EntryId;
  /** Replies in a thread; with `resolves` it is marked as settled until the next reply. */
  reply(thread: EntryId, body: string, resolves?: boolean, behalf?: ParticipantId | null): EntryId;
  suggest(range: Range, replacement: string, reason: string, behalf?: ParticipantId | null): EntryId;
  edit(entry: EntryId, body: string): void;
  withdraw(entry: EntryId): void;
}

export type Stage = "drafting" | "review" | "settling" | "final";

export interface StageView {
  readonly stage: string;
  readonly at: number;
  readonly by: ParticipantId | null;
  readonly opens: number | null;
  readonly closes: number | null;
}

export interface MilestoneView {
  readonly id: EntryId;
  readonly name: string;
  readonly at: number;
  readonly by: ParticipantId | null;
  readonly stage: string;
  readonly heads: { readonly record: Heads; readonly text: Heads; readonly discussion: Heads };
}

export interface GroupView {
  readonly id: EntryId;
  readonly name: string;
}

/** What the relay keeps about the draft. */
export interface RecordView {
  /** The version of the format; greater than 1 means that this page is too old. */
  readonly version: number;
  readonly created: number;
  readonly stage: string;
  /** Oldest first. */
  readonly stages: readonly StageView[];
  /** Oldest first. */
  readonly milestones: readonly MilestoneView[];
  readonly groups: readonly GroupView[];
  readonly actors: Readonly<Record<string, ParticipantId>>;
  readonly dispositions: Readonly<Record<string, StatusView>>;
  readonly suggestionStatuses: Readonly<Record<string, StatusView>>;
  readonly recommendations: readonly RecommendationView[];
  readonly attachments: Readonly<Record<string, AttachmentView>>;
}

/** A disposition's outcome or a suggestion's state. */
export interface StatusView {
  readonly word: string;
  readonly reason: string;
  readonly at: number;
  readonly by: ParticipantId | null;
}

export interface RecommendationView {
  readonly id: EntryId;
  readonly label: string;
  readonly anchor: Anchor | null;
  readonly place: AnchorState | null;
  readonly at: number;
  readonly withdrawn: boolean;
  /** The designation that counts. */
  readonly level: string | null;
  readonly reason: string;
}

export interface AttachmentView {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
}

/** One change to the text. */
export interface ChangeView {
  readonly hash: ChangeHash;
  readonly actor: ActorId;
  /** Null until the record says whose actor it is. */
  readonly participant: ParticipantId | null;
  /** What the author's clock said, to the second. */
  readonly time: number;
  readonly message: string;
  /** Heads of the text just after this change, together with all before it in this list. */
  readonly heads: Heads;
}

/** Text that came or went between two versions. */
export interface PassageView {
  readonly kind: "added" | "removed";
  readonly section: SectionId;
  /** Where it stands, or stood, in the *newer* version's whole text. */
  readonly offset: number;
  readonly text: string;
  readonly actor: ActorId | null;
  readonly participant: ParticipantId | null;
}

/** Who wrote a run of the present text. */
export interface AuthorshipView {
  readonly from: number;
  readonly to: number;
  readonly actor: ActorId;
  readonly participant: ParticipantId | null;
  /** The changes that wrote its ends, and so name the time in which it was written. */
  readonly changes: readonly ChangeHash[];
}

/** The text's past. Reading it costs some 100 ms in a long draft; nothing is read before it is asked for. */
export interface History {
  /** The present heads of the text. */
  heads(): Heads;
  /** All changes, in an order in which each follows what it depends on. */
  changes(): readonly ChangeView[];
  /** What differs between two versions, in reading order. Null when heads are not known here. */
  diff(before: Heads, after: Heads): readonly PassageView[] | null;
  /** Who wrote the present text from `range.from` to `range.to`. */
  authors(range: Range): readonly AuthorshipView[];
  /** Makes the text what it was at `heads`, as a new change. False when they are not known here. */
  restore(heads: Heads): boolean;
  /** Makes the present passage `range` say `text` again, as a new change. */
  restorePassage(range: Range, text: string): void;
}

/** An edit that this connection may not make. */
export class NotAllowed extends Error {
  override readonly name = "NotAllowed";
}
