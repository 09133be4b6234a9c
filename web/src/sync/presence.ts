/** Who is here and where: small messages that are never kept, with cursors that stay on their text. */
import type { DocHandle } from "@automerge/automerge-repo";
import type { Anchors } from "../document/anchors";
import type { Range } from "../document/draft";
import { participantId, sectionId, type ParticipantId, type SectionId } from "../document/ids";
import type { MutableRoot } from "../document/live";
import { asMap, asString, field } from "../document/schema/value";
import { Store } from "../document/store";
import type { LiveText, TextEdit } from "../document/text-model";
import { calm, type Calm, type Task } from "./calm";
import type { PeerView, Presence } from "./session";

/** One's own state is repeated this often, so that newcomers learn of it. */
const HEARTBEAT_MS = 15_000;
/** Who was not heard of for this long is gone. */
const GONE_AFTER_MS = 40_000;
const SEND_EVERY_MS = 100;
/** What others say of themselves is shown this often. */
const SHOW = { every: 200, latest: 400 };
/** Where they stand is said anew this often while the text moves; editors move their cursors themselves. */
const MOVE = { every: 1_000, latest: 1_400 };
/** How many peers are kept: presence comes from anybody who is let in. */
const MAX_PEERS = 400;

interface Selection {
  readonly anchor: number;
  readonly head: number;
}

/** A place as presence says it. */
interface Said {
  readonly section: string;
  readonly cursor: string;
}

/** A peer with what it said last. */
interface Known {
  view: PeerView;
  /** When something was last heard of it. */
  readonly seen: number;
  readonly anchor: Said | null;
  readonly head: Said | null;
  /** Where its window begins and ends, when it is followed from here. */
  readonly top: Said | null;
  readonly bottom: Said | null;
  /** Whether what it said was looked for in the text as it is, and its place moved along since. */
  isPlaced: boolean;
}

export interface PresenceOptions {
  readonly handle: DocHandle<MutableRoot>;
  readonly text: LiveText;
  readonly anchors: Anchors;
  /** This page, at random. */
  readonly peer: string;
  readonly me: () => ParticipantId | null;
  /** When others are shown; the page's own rhythm when absent. */
  readonly calm?: Calm;
}

export class LivePresence implements Presence {
  readonly peers = new Store<readonly PeerView[]>([]);
  private readonly known = new Map<string, Known>();
  /** The peers that follow this page. Nobody else is told what its window shows. */
  private readonly followers = new Set<string>();
  private followed: string | null = null;
  private viewport: (() => Range | null) | null = null;
  private readonly showing: Task;
  private readonly moving: Task;
  private selection: Selection | null = null;
  private away = false;
  private sending: ReturnType<typeof setTimeout> | null = null;
  private lastSent = 0;
  private readonly beating: ReturnType<typeof setInterval>;
  private readonly stopText: () => void;

  constructor(private readonly options: PresenceOptions) {
    const show = (): void => {
      this.show();
    };
    this.showing = (options.calm ?? calm()).task(show, SHOW);
    this.moving = (options.calm ?? calm()).task(show, MOVE);
    options.handle.on("ephemeral-message", this.received);
    this.stopText = options.text.onEdit((edit) => {
      this.carry(edit);
    });
    this.beating = setInterval(() => {
      this.forget();
      this.send();
    }, HEARTBEAT_MS);
    if (typeof window !== "undefined") {
      window.addEventListener("pagehide", this.leave);
      window.addEventListener("pageshow", this.comeBack);
    }
    // The connection may have been there before this was: nobody has been told of this page yet.
    this.sendSoon();
  }

  setSelection(selection: Selection | null): void {
    if (selection?.anchor !== this.selection?.anchor || selection?.head !== this.selection?.head) {
      this.selection = selection;
      this.sendSoon();
    }
  }

  setAway(away: boolean): void {
    if (away !== this.away) {
      this.away = away;
      this.sendSoon();
    }
  }

  follow(peer: string | null): void {
    if (peer !== this.followed) {
      this.followed = peer;
      this.sendSoon();
    }
  }

  setViewport(viewport: (() => Range | null) | null): void {
    this.viewport = viewport;
  }

  viewMoved(): void {
    if (this.followers.size > 0) {
      this.sendSoon();
    }
  }

  /** Says it again, to a relay that is new. */
  announce(): void {
    this.sendSoon();
  }

  /** The page is closed, or put away by a browser that may show it again. */
  private readonly leave = (): void => {
    this.broadcast({ type: "leave" });
  };

  private readonly comeBack = (): void => {
    this.sendSoon();
  };

  close(): void {
    this.leave();
    if (typeof window !== "undefined") {
      window.removeEventListener("pagehide", this.leave);
      window.removeEventListener("pageshow", this.comeBack);
    }
    clearInterval(this.beating);
    if (this.sending !== null) {
      clearTimeout(this.sending);
    }
    this.options.handle.off("ephemeral-message", this.received);
    this.stopText();
    this.showing.stop();
    this.moving.stop();
  }

  private sendSoon(): void {
    const pause = Math.max(0, this.lastSent + SEND_EVERY_MS - Date.now());
    this.sending ??= setTimeout(() => {
      this.sending = null;
      this.send();
    }, pause);
  }

  private send(): void {
    const { text } = this.options;
    const range = this.followers.size > 0 ? (this.viewport?.() ?? null) : null;
    if (text.waiting > 0 && (this.selection !== null || range !== null)) {
      // A cursor can only stand on text that is in the document; what waits will be, soon.
      this.sendSoon();
      return;
    }
    this.lastSent = Date.now();
    const anchor = this.selection === null ? null : this.cursorAt(this.selection.anchor);
    const head = this.selection === null ? null : this.cursorAt(this.selection.head);
    const top = range === null ? null : this.cursorAt(range.from);
    const bottom = range === null ? null : this.cursorAt(range.to);
    const view = top === null || bottom === null ? null : { top, bottom };
    this.broadcast({ type: "here", away: this.away, anchor, head, view, follows: this.followed });
  }

  private cursorAt(offset: number): { section: string; cursor: string } | null {
    const { text, anchors } = this.options;
    const place = text.placeAt(offset);
    const cursor = place === null ? null : anchors.cursors.make(place.section, place.index);
    return place === null || cursor === null ? null : { section: place.section, cursor };
  }

  private broadcast(state: Readonly<Record<string, unknown>>): void {
    const { handle, peer, me } = this.options;
    try {
      handle.broadcast({ plenary: 1, peer, participant: me(), ...state });
    } catch {
      // Presence may be lost.
    }
  }

  private readonly received = ({ message }: { message: unknown }): void => {
    const said = asMap(message);
    const peer = said === null ? null : asString(field(said, "peer"));
    if (said === null || peer === null || peer === this.options.peer || peer.length > 100) {
      return;
    }
    if (field(said, "type") === "leave") {
      this.known.delete(peer);
      this.followers.delete(peer);
    } else if (this.known.has(peer) || this.known.size < MAX_PEERS) {
      const before = this.known.get(peer);
      const participant = asString(field(said, "participant"));
      const anchor = placeOf(field(said, "anchor"));
      const head = placeOf(field(said, "head"));
      const window = peer === this.followed ? asMap(field(said, "view")) : null;
      const top = window === null ? null : placeOf(field(window, "top"));
      const bottom = window === null ? null : placeOf(field(window, "bottom"));
      const isFollower = field(said, "follows") === this.options.peer;
      const beginsToFollow = isFollower && !this.followers.has(peer);
      this.followers[isFollower ? "add" : "delete"](peer);
      // Whoever types stays before the same character, so there is nothing to look for.
      const isPlaced =
        before?.isPlaced === true &&
        isSame(before.anchor, anchor) &&
        isSame(before.head, head) &&
        isSame(before.top, top) &&
        isSame(before.bottom, bottom);
      this.known.set(peer, {
        view: {
          peer,
          participant: participant === null ? null : participantId(participant),
          selection: before?.view.selection ?? null,
          section: before?.view.section ?? null,
          view: before?.view.view ?? null,
          away: field(said, "away") === true,
        },
        seen: Date.now(),
        anchor,
        head,
        top,
        bottom,
        isPlaced,
      });
      if (before === undefined || beginsToFollow) {
        this.sendSoon();
      }
    }
    this.showing.ask();
  };

  /** Looks for a peer's cursor in the text; while its words have not come yet it stays where it was. */
  private place(known: Known): void {
    const anchor = this.resolve(known.anchor);
    const head = this.resolve(known.head);
    const top = this.resolve(known.top);
    const bottom = this.resolve(known.bottom);
    const found = anchor === null || head === null ? null : { anchor: anchor.offset, head: head.offset };
    const isAway = known.anchor === null || known.head === null;
    const { selection: before, section: old } = known.view;
    const selection = isAway ? null : (found ?? before);
    const view =
      top === null || bottom === null || bottom.offset < top.offset ? null : { from: top.offset, to: bottom.offset };
    const section = isAway ? null : (head?.section ?? old);
    known.view = { ...known.view, selection, section, view };
    known.isPlaced = found !== null || isAway;
  }

  private resolve(said: Said | null): { section: SectionId; offset: number } | null {
    if (said === null) {
      return null;
    }
    const { text, anchors } = this.options;
    const object = anchors.cursors.textObject(said.section);
    const pointed = object === null ? null : anchors.cursors.position(object, said.cursor, null);
    const section = sectionId(said.section);
    const offset = pointed === null ? null : text.offsetOf(section, pointed.index);
    return offset === null ? null : { section, offset };
  }

  /** Cursors of others stay on their text while somebody types. */
  private carry({ changes, before, after }: TextEdit): void {
    if (this.selection !== null && this.selection.anchor <= changes.length) {
      const { anchor, head } = this.selection;
      this.selection = { anchor: changes.mapPos(anchor, 1), head: changes.mapPos(head, 1) };
    }
    // A passage that went elsewhere took the cursors in it along.
    const isMoved =
      before.all.length !== after.all.length || before.all.some(({ id }, index) => id !== after.all[index]?.id);
    for (const known of this.known.values()) {
      const { selection, view } = known.view;
      known.isPlaced &&= !isMoved;
      if (view !== null) {
        const from = changes.mapPos(view.from, 1);
        const to = changes.mapPos(view.to, 1);
        known.view = { ...known.view, view: { from, to } };
      }
      if (selection !== null) {
        const anchor = changes.mapPos(selection.anchor, 1);
        const head = changes.mapPos(selection.head, 1);
        if (anchor !== selection.anchor || head !== selection.head) {
          known.view = { ...known.view, selection: { anchor, head } };
        }
      }
    }
    if (isMoved || [...this.known.values()].some(({ isPlaced }) => !isPlaced)) {
      this.showing.ask();
    } else if (this.known.size > 0) {
      this.moving.ask();
    }
  }

  private forget(): void {
    const before = this.known.size;
    for (const [peer, { seen }] of this.known) {
      if (Date.now() - seen > GONE_AFTER_MS) {
        this.known.delete(peer);
        this.followers.delete(peer);
      }
    }
    if (this.known.size !== before) {
      this.show();
    }
  }

  private show(): void {
    for (const known of this.known.values()) {
      if (!known.isPlaced) {
        this.place(known);
      }
    }
    const before = this.peers.get();
    const after = [...this.known.values()].map(({ view }, index) => {
      const shown = before[index];
      return shown !== undefined && looksLike(shown, view) ? shown : view;
    });
    if (after.length !== before.length || after.some((view, index) => view !== before[index])) {
      this.peers.set(after);
    }
  }
}

function placeOf(value: unknown): Said | null {
  const place = asMap(value);
  const section = place === null ? null : asString(field(place, "section"));
  const cursor = place === null ? null : asString(field(place, "cursor"));
  return section === null || cursor === null ? null : { section, cursor };
}

const isSame = (one: Said | null, two: Said | null): boolean =>
  one?.section === two?.section && one?.cursor === two?.cursor;

/** Whether two views of a peer say the same. */
const looksLike = (one: PeerView, two: PeerView): boolean =>
  one.peer === two.peer &&
  one.participant === two.participant &&
  one.away === two.away &&
  one.section === two.section &&
  one.selection?.anchor === two.selection?.anchor &&
  one.selection?.head === two.selection?.head &&
  one.view?.from === two.view?.from &&
  one.view?.to === two.view?.to;
