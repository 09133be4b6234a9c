/** Who is here and where: small messages that are never kept, with cursors that stay on their text. */
import type { DocHandle } from "@automerge/automerge-repo";
import type { Anchors } from "../document/anchors";
import type { Range } from "../document/draft";
import { participantId, sectionId, type ParticipantId, type SectionId } from "../document/ids";
import type { MutableRoot } from "../document/live";
import { asMap, asString, field } from "../document/schema/value";
import { Store } from "../document/store";
import type { LiveText, TextEdit } from "../document/text-model";
import type { PeerView, Presence } from "./session";

/** One's own state is repeated this often, so that newcomers learn of it. */
const HEARTBEAT_MS = 15_000;
/** Who was not heard of for this long is gone. */
const GONE_AFTER_MS = 40_000;
const SEND_EVERY_MS = 100;
/** How many peers are kept: presence comes from anybody who is let in. */
const MAX_PEERS = 400;

interface Selection {
  readonly anchor: number;
  readonly head: number;
}

export interface PresenceOptions {
  readonly handle: DocHandle<MutableRoot>;
  readonly text: LiveText;
  readonly anchors: Anchors;
  /** This page, at random. */
  readonly peer: string;
  readonly me: () => ParticipantId | null;
}

export class LivePresence implements Presence {
  readonly peers = new Store<readonly PeerView[]>([]);
  private readonly known = new Map<string, PeerView>();
  /** The peers that follow this page. Nobody else is told what its window shows. */
  private readonly followers = new Set<string>();
  private followed: string | null = null;
  private viewport: (() => Range | null) | null = null;
  private selection: Selection | null = null;
  private away = false;
  private sending: ReturnType<typeof setTimeout> | null = null;
  private lastSent = 0;
  private readonly beating: ReturnType<typeof setInterval>;
  private readonly stopText: () => void;

  constructor(private readonly options: PresenceOptions) {
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
      const isNew = !this.known.has(peer);
      const anchor = this.resolve(field(said, "anchor"));
      const head = this.resolve(field(said, "head"));
      const participant = asString(field(said, "participant"));
      const isFollower = field(said, "follows") === this.options.peer;
      const beginsToFollow = isFollower && !this.followers.has(peer);
      this.followers[isFollower ? "add" : "delete"](peer);
      this.known.set(peer, {
        peer,
        participant: participant === null ? null : participantId(participant),
        selection:
          anchor === null || head === null ? null : { anchor: anchor.offset, head: head.offset },
        section: head?.section ?? null,
        view: peer === this.followed ? this.resolveView(field(said, "view")) : null,
        seen: Date.now(),
        away: field(said, "away") === true,
      });
      if (isNew || beginsToFollow) {
        this.sendSoon();
      }
    }
    this.show();
  };

  private resolveView(value: unknown): Range | null {
    const view = asMap(value);
    const top = view === null ? null : this.resolve(field(view, "top"));
    const bottom = view === null ? null : this.resolve(field(view, "bottom"));
    return top === null || bottom === null || bottom.offset < top.offset
      ? null
      : { from: top.offset, to: bottom.offset };
  }

  private resolve(value: unknown): { section: SectionId; offset: number } | null {
    const place = asMap(value);
    const id = place === null ? null : asString(field(place, "section"));
    const cursor = place === null ? null : asString(field(place, "cursor"));
    if (id === null || cursor === null) {
      return null;
    }
    const { text, anchors } = this.options;
    const object = anchors.cursors.textObject(id);
    const pointed = object === null ? null : anchors.cursors.position(object, cursor, null);
    const section = sectionId(id);
    const offset = pointed === null ? null : text.offsetOf(section, pointed.index);
    return offset === null ? null : { section, offset };
  }

  /** Cursors of others stay on their text while somebody types. */
  private carry({ changes }: TextEdit): void {
    let moved = false;
    if (this.selection !== null && this.selection.anchor <= changes.length) {
      const { anchor, head } = this.selection;
      this.selection = { anchor: changes.mapPos(anchor, 1), head: changes.mapPos(head, 1) };
    }
    for (const [peer, view] of this.known) {
      const selection = view.selection === null ? null : {
        anchor: changes.mapPos(view.selection.anchor, 1),
        head: changes.mapPos(view.selection.head, 1),
      };
      const shown = view.view === null ? null : {
        from: changes.mapPos(view.view.from, 1),
        to: changes.mapPos(view.view.to, 1),
      };
      if (selection?.anchor !== view.selection?.anchor || selection?.head !== view.selection?.head || shown?.from !== view.view?.from) {
        this.known.set(peer, { ...view, selection, view: shown });
        moved = true;
      }
    }
    if (moved) {
      this.show();
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
    this.peers.set([...this.known.values()]);
  }
}
