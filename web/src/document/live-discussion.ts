/** The discussion, with the places of its anchors in the text. */
import * as A from "@automerge/automerge";
import type { Anchors } from "./anchors";
import {
  NotAllowed,
  type Anchor,
  type AnchorState,
  type CommentView,
  type Discussion,
  type PositionView,
  type Range,
  type RecordView,
  type SuggestionView,
  type ThreadView,
} from "./draft";
import { entryId, type EntryId, type ParticipantId } from "./ids";
import { randomKey } from "./keys";
import { rootOf, type LiveDocument } from "./live";
import {
  readComments,
  readPositions,
  readSuggestions,
  threadOf,
  type Comment,
  type Entry,
  type Position,
  type Suggestion,
} from "./schema/discussion";
import { asMap } from "./schema/value";
import { smallest } from "./sections/difference";
import { mutableMap } from "./sections/write";
import { Store, type Readable } from "./store";
import type { LiveText, TextEdit } from "./text-model";

/** How long the text must rest before places are looked up anew, in milliseconds. */
const SETTLE_MS = 400;
/** How soon places that moved are shown. */
const SHOW_AFTER_MS = 50;

export interface DiscussionOptions {
  readonly text: LiveText;
  readonly anchors: Anchors;
  readonly record: Readable<RecordView>;
  /** Who one is; null while that is not known. */
  readonly me: () => ParticipantId | null;
  /** Whether one may take part in the discussion. */
  readonly allowed: () => boolean;
  /** Whether entries say when they were made; always when absent. */
  readonly saysWhen?: () => boolean;
  readonly now?: () => number;
}

type EntryMap = "comments" | "suggestions" | "positions";

export class LiveDiscussion implements Discussion {
  readonly threads = new Store<readonly ThreadView[]>([]);
  readonly suggestions = new Store<readonly SuggestionView[]>([]);
  readonly positions = new Store<readonly PositionView[]>([]);
  private comments: ReadonlyMap<EntryId, Comment> = new Map();
  private suggested: readonly Suggestion[] = [];
  private taken: readonly Position[] = [];
  private readonly places = new Map<EntryId, AnchorState>();
  private settling: ReturnType<typeof setTimeout> | null = null;
  private showing: ReturnType<typeof setTimeout> | null = null;
  private readonly stops: (() => void)[];

  constructor(
    private readonly live: LiveDocument,
    private readonly options: DiscussionOptions,
  ) {
    this.stops = [
      live.listen({
        changed: () => {
          this.read();
        },
      }),
      options.text.onEdit((edit) => {
        this.follow(edit);
      }),
      options.record.subscribe(() => {
        this.show();
      }),
    ];
    this.read();
  }

  comment(range: Range | null, body: string, behalf: ParticipantId | null = null): EntryId {
    const anchor = range === null ? null : this.anchor(range);
    return this.add("comments", behalf, { ...anchorField(anchor), body });
  }

  reply(thread: EntryId, body: string, resolves = false, behalf: ParticipantId | null = null): EntryId {
    const replyTo = new A.ImmutableString(thread);
    return this.add("comments", behalf, { body, replyTo, ...(resolves ? { resolves: true } : {}) });
  }

  suggest(range: Range, replacement: string, reason: string, behalf: ParticipantId | null = null): EntryId {
    return this.add("suggestions", behalf, { ...anchorField(this.anchor(range)), replacement, reason });
  }

  edit(entry: EntryId, body: string): void {
    this.changeOwn(entry, (map) => {
      const key = typeof map["replacement"] === "string" ? "replacement" : "body";
      const old = map[key];
      if (typeof old !== "string") {
        map[key] = body;
        return null;
      }
      return { key, ...smallest(old, body) };
    });
  }

  withdraw(entry: EntryId): void {
    this.changeOwn(entry, (map) => {
      map["withdrawn"] = true;
      return null;
    });
  }

  /** Looks all places up anew. */
  settle(): void {
    this.settling = null;
    if (this.options.text.waiting > 0) {
      // What is shown and what the document says are the same only when nothing waits.
      this.settleSoon();
      return;
    }
    const { anchors, text } = this.options;
    this.places.clear();
    for (const entry of [...this.comments.values(), ...this.suggested]) {
      if (entry.anchor !== null) {
        this.places.set(entry.id, anchors.resolve(text.state, entry.anchor));
      }
    }
    this.show();
  }

  close(): void {
    if (this.settling !== null) {
      clearTimeout(this.settling);
    }
    if (this.showing !== null) {
      clearTimeout(this.showing);
    }
    for (const stop of this.stops) {
      stop();
    }
  }

  private read(): void {
    const root = rootOf(this.live);
    this.comments = readComments(root);
    this.suggested = readSuggestions(root);
    this.taken = readPositions(root);
    this.options.text.flush();
    this.settle();
  }

  /** While somebody types, places are carried along; they are looked up when the text rests. */
  private follow({ changes }: TextEdit): void {
    if (this.places.size === 0) {
      return;
    }
    let changed = false;
    for (const [id, place] of this.places) {
      if (place.kind === "attached" || place.kind === "moved") {
        const from = changes.mapPos(place.range.from, 1);
        const to = Math.max(from, changes.mapPos(place.range.to, -1));
        if (from !== place.range.from || to !== place.range.to) {
          this.places.set(id, { ...place, range: { from, to } });
          changed = true;
        }
      }
    }
    this.settleSoon();
    if (changed) {
      this.showSoon();
    }
  }

  /** Not at every key: what is shown beside the text may come a moment later than the text. */
  private showSoon(): void {
    this.showing ??= setTimeout(() => {
      this.show();
    }, SHOW_AFTER_MS);
  }

  private settleSoon(): void {
    if (this.settling !== null) {
      clearTimeout(this.settling);
    }
    this.settling = setTimeout(() => {
      this.settle();
    }, SETTLE_MS);
  }

  private show(): void {
    if (this.showing !== null) {
      clearTimeout(this.showing);
      this.showing = null;
    }
    const replies = new Map<EntryId, Comment[]>();
    for (const comment of this.comments.values()) {
      const thread = threadOf(this.comments, comment.id);
      replies.set(thread, [...(replies.get(thread) ?? []), comment]);
    }
    const threads = [...replies].flatMap(([id, members]) => this.thread(id, members) ?? []);
    this.threads.set(threads.sort((one, two) => rank(one) - rank(two) || byTime(one, two)));
    this.suggestions.set(
      this.suggested.map((it) => ({
        ...it,
        own: this.isOwn(it),
        place: this.places.get(it.id) ?? { kind: "orphaned" },
      })),
    );
    this.positions.set(this.taken.map((it) => ({ ...it, own: this.isOwn(it) })));
  }

  private thread(id: EntryId, members: readonly Comment[]): ThreadView | null {
    const first = this.comments.get(id);
    if (first === undefined) {
      return null;
    }
    const replies = members
      .filter((it) => it.id !== id)
      .sort((one, two) => one.created - two.created || (one.id < two.id ? -1 : 1));
    const last = replies.filter((it) => !it.withdrawn).at(-1);
    const place = first.anchor === null ? null : (this.places.get(id) ?? { kind: "orphaned" as const });
    return {
      id,
      comment: this.view(first),
      replies: replies.map((it) => this.view(it)),
      place,
      resolved: last?.resolves ?? false,
    };
  }

  private view(comment: Comment): CommentView {
    return { ...comment, own: this.isOwn(comment) };
  }

  private isOwn(entry: Entry): boolean {
    const me = this.options.me();
    const bound = this.options.record.get().actors[entry.actor];
    // Who was merged into another participant has entries under several ids: the actor decides.
    return me !== null && (bound === undefined ? entry.participant === me : bound === me);
  }

  private anchor(range: Range): Anchor {
    const { text, anchors } = this.options;
    text.flush();
    const anchor = anchors.make(text.state, range);
    if (anchor === null) {
      throw new NotAllowed("there is no text here that can be commented on");
    }
    return anchor;
  }

  private add(map: EntryMap, behalf: ParticipantId | null, fields: Record<string, unknown>): EntryId {
    const me = this.options.me();
    if (me === null || !this.options.allowed()) {
      throw new NotAllowed("this link does not allow to comment");
    }
    const id = entryId(randomKey());
    this.live.change(map, (root) => {
      const entries = mutableMap(root, map);
      if (entries !== null) {
        entries[id] = {
          participant: new A.ImmutableString(me),
          ...(behalf === null ? {} : { behalf: new A.ImmutableString(behalf) }),
          created: new Date(this.now()),
          ...fields,
        };
      }
    });
    return id;
  }

  private changeOwn(
    entry: EntryId,
    change: (map: Record<string, unknown>) => { key: string; from: number; to: number; insert: string } | null,
  ): void {
    const found = [...this.comments.values(), ...this.suggested, ...this.taken].find((it) => it.id === entry);
    if (found === undefined || !this.isOwn(found) || !this.options.allowed()) {
      throw new NotAllowed("only its author can change this");
    }
    this.live.change("edit", (root) => {
      for (const name of ["comments", "suggestions", "positions"]) {
        const map = mutableMap(mutableMap(root, name) ?? {}, entry);
        if (map !== null && asMap(map) !== null) {
          const splice = change(map);
          if (splice !== null) {
            const { key, from, to, insert } = splice;
            A.splice(root, [name, entry, key], from, to - from, insert);
          }
          map["edited"] = new Date(this.now());
        }
      }
    });
  }

  /**
   * What an entry says of when it was made. Where that must not be known it is the newest time that any
   * other entry says, so that the order in which entries are read stays.
   */
  private now(): number {
    if (this.options.saysWhen?.() === false) {
      const entries = [...this.comments.values(), ...this.suggested, ...this.taken];
      return entries.reduce((newest, { created }) => Math.max(newest, created), 0);
    }
    return (this.options.now ?? Date.now)();
  }
}

function anchorField(anchor: Anchor | null): Record<string, unknown> {
  if (anchor === null) {
    return {};
  }
  const string = (text: string): A.ImmutableString => new A.ImmutableString(text);
  return {
    anchor: {
      section: string(anchor.section),
      start: string(anchor.start),
      end: string(anchor.end),
      quote: string(anchor.quote),
      heads: anchor.heads.map(string),
    },
  };
}

/** Reading order: attached ones by their place, then those on the whole draft, then the rest. */
function rank({ place }: ThreadView): number {
  if (place === null) {
    return Number.MAX_SAFE_INTEGER - 1;
  }
  return place.kind === "attached" || place.kind === "moved" ? place.range.from : Number.MAX_SAFE_INTEGER;
}

const byTime = (one: ThreadView, two: ThreadView): number =>
  one.comment.created - two.comment.created || (one.id < two.id ? -1 : 1);
