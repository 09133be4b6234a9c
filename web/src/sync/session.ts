/**
 * A draft that is open: its documents, kept in step with the relay and with this device.
 */
import type { Discussion, History, Range, RecordView, TextModel } from "../document/draft";
import type { DocumentId, Heads, ParticipantId, SectionId } from "../document/ids";
import type { Readable } from "../document/store";
import type { Moved } from "./relay-adapter";

export interface OpenOptions {
  /** The draft's id: its record's document id. */
  readonly documentId: DocumentId;
  /** Ids of the text and the discussion, when the relay said them; else they are read off the record. */
  readonly documents?: { readonly text: DocumentId; readonly discussion: DocumentId };
  /** The link's secret, for programs and tests; a page is let in by its cookie. */
  readonly secret?: string;
  /** Drawn once for this browser; the relay recognises the participant by it. */
  readonly participantSecret: string;
  /** Who one is in documents, as `POST /session` said; null while that is not known. */
  readonly participant: ParticipantId | null;
  /** Drawn at random at each start of the page. */
  readonly instance: string;
  /** What the link allows; the relay decides, this only says what to offer. */
  readonly role: Role;
  /** Whether nobody is told who one is; see `setWithheld`. */
  readonly withheld?: boolean;
  /** Where the relay is, such as `https://host`; the page's own origin when absent. */
  readonly server?: string;
}

export type Role = "viewer" | "reviewer" | "editor" | "facilitator";

/**
 * The truth about saving, as one line says it. Exactly one of these holds; when several could, the
 * first of this list does.
 */
export type SaveStatus =
  /** Being opened: nothing is shown yet. */
  | { readonly kind: "opening" }
  /** The relay speaks a newer version: reload the page. What was typed is kept. */
  | { readonly kind: "too-old"; readonly message: string }
  /** There is no such draft (any more), or the link is not valid (any more). */
  | { readonly kind: "gone"; readonly reason: GoneReason; readonly message: string }
  /** The relay did not take changes; they are kept in `rescue` and can be downloaded. */
  | { readonly kind: "refused"; readonly message: string; readonly rescue: Rescue }
  /** Not even kept on this device: the tab must stay open. */
  | {
      readonly kind: "unsaved";
      readonly waiting: number;
      readonly reason: StorageTrouble;
      readonly message: string;
    }
  /** Not connected. `waiting` changes are kept on this device. `nextTryAt` is null while dialling. */
  | {
      readonly kind: "reconnecting";
      readonly waiting: number;
      readonly nextTryAt: number | null;
      /** Whether the browser says that there is no network at all. */
      readonly offline: boolean;
    }
  /** Typed just now and being written to this device: some 400 ms. */
  | { readonly kind: "saving"; readonly waiting: number }
  /** Connected; `waiting` changes are kept on this device and on their way. */
  | { readonly kind: "saved-here"; readonly waiting: number }
  /** One may read and not write. */
  | { readonly kind: "read-only"; readonly reason: "role" | "stage"; readonly message: string }
  /** Everything is on the relay's disk since `at`, up to `heads` of the text. */
  | { readonly kind: "saved"; readonly at: number; readonly heads: Heads };

export type GoneReason = "not-found" | "revoked" | "unauthorised" | "replaced" | "protocol";
export type StorageTrouble = "refused" | "full" | "failed";

/**
 * Whether the facilitators have what was not taken: it need not be told (the relay kept it when it refused
 * it, or takes it from nobody), is still to be handed in, or was handed in.
 */
export type Handing = "none" | "due" | "done";

/** Changes that the relay did not take, kept on this device. */
export interface Rescue {
  readonly id: string;
  readonly at: number;
  readonly message: string;
  /** What was not taken, as Markdown. */
  readonly markdown: string;
  /** The number of changes. */
  readonly changes: number;
  readonly handing: Handing;
  /** A file with the Markdown, and one with the raw changes. */
  download(kind: "markdown" | "changes"): Blob;
  /** Forgets it, after the person has what they need. */
  discard(): Promise<void>;
}

/** Where somebody's cursor is, as offsets in the present text. */
export interface PeerView {
  /** One for each open page. */
  readonly peer: string;
  readonly participant: ParticipantId | null;
  /** Null when the peer has no cursor in the text, or its text has not arrived here yet. */
  readonly selection: { readonly anchor: number; readonly head: number } | null;
  readonly section: SectionId | null;
  /** What of the text their window shows; null unless they are followed from here. */
  readonly view: Range | null;
  /** Whether it is idle or hidden. */
  readonly away: boolean;
}

export interface Presence {
  /** Others who are here now. Where they stand may be a second old: editors move cursors with the text. */
  readonly peers: Readable<readonly PeerView[]>;
  /** Says where one's own cursor is; null when it is not in the text. Sent at most every 100 ms. */
  setSelection(selection: { readonly anchor: number; readonly head: number } | null): void;
  setAway(away: boolean): void;
  /** Asks a peer to say what its window shows, from now on; null to ask nobody any more. */
  follow(peer: string | null): void;
  /** How to learn what of the text one's own window shows. It is said to those who follow only. */
  setViewport(viewport: (() => Range | null) | null): void;
  /** One's own window shows something else now. */
  viewMoved(): void;
}

export interface DraftSession {
  readonly documentId: DocumentId;
  readonly text: TextModel;
  readonly discussion: Discussion;
  readonly record: Readable<RecordView>;
  readonly history: History;
  readonly presence: Presence;
  readonly status: Readable<SaveStatus>;
  /** Why this device keeps no copy now, also while the relay has everything; null while it does. */
  readonly device: Readable<StorageTrouble | null>;
  /** Whether the text may be edited now (role, stage, and what the relay last said). */
  readonly editable: Readable<boolean>;
  /** Rescued changes of earlier times that nobody discarded yet. */
  readonly rescues: Readable<readonly Rescue[]>;
  /** Words of the relay for the person, each shown once. */
  onNotice(listener: (message: string) => void): () => void;
  /** The relay has something new to be asked for. */
  onMoved(listener: (what: Moved) => void): () => void;
  /** One's role may have changed: ask the relay for it and call {@link setRole}. */
  onRoleChanged(listener: () => void): () => void;
  /** Resolves when what may no longer be sent is rescued; the status is `refused` then. */
  setRole(role: Role): Promise<void>;
  /** Who one is in documents, once known. */
  setParticipant(participant: ParticipantId): void;
  /** Whether nobody is told who one is: then what one writes does not say when, as that can tell who. */
  setWithheld(withheld: boolean): void;
  /** Dials now instead of waiting. */
  reconnect(): void;
  /** Stops the connection and lets nothing more in, until `reconnect`. */
  disconnect(): void;
  /** Writes what waits, hangs up, and lets go of the storage. */
  close(): Promise<void>;
}

/** Why a draft could not be opened. Nothing is shown, and nothing was changed. */
export class CannotOpen extends Error {
  override readonly name = "CannotOpen";
  constructor(
    readonly reason: GoneReason | "offline" | "too-old" | "unreadable",
    message: string,
  ) {
    super(message);
  }
}
