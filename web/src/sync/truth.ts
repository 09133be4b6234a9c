/** Gathers what is known about saving, and says it in one status. */
import type { DocumentId, Heads } from "../document/ids";
import { Store } from "../document/store";
import type { StorageError } from "./database";
import type { StorageListener } from "./draft-storage";
import type { ConnectionState } from "./relay-adapter";
import { statusOf, type Stored } from "./saving";
import type { Rescue, SaveStatus, StorageTrouble } from "./session";

/** How soon a change of the facts is said, in milliseconds: many come at once. */
const SAY_AFTER_MS = 50;

/** How far one document is stored on this device. */
interface OnDevice {
  changed: number;
  begun: number;
  stored: number;
  /** The heads when the write that is under way began, and those that are stored. */
  begunHeads: Heads;
  storedHeads: Heads;
}

export class Truth implements StorageListener {
  readonly status = new Store<SaveStatus>({ kind: "opening" });
  /** Why this device keeps nothing now; null while it does. */
  readonly device = new Store<StorageTrouble | null>(null);
  connection: ConnectionState = { kind: "dialling" };
  opened = false;
  tooOld: string | null = null;
  rescue: Rescue | null = null;
  storageTrouble: StorageError | null = null;
  readOnly: { reason: "role" | "stage"; message: string } | null = null;
  /** How many edits are no change yet. */
  typed: () => number = () => 0;
  /** Whether this device keeps anything at all. */
  keeps = true;
  private readonly documents = new Map<DocumentId, Stored>();
  /** What the relay announced before the document was opened. */
  private readonly early = new Map<DocumentId, Heads>();
  private readonly written = new Map<string, OnDevice>();
  private savedAt: number | null = null;
  private announcedAt: number | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly listeners = new Set<() => void>();

  /** Follows a document from now on. */
  add(id: DocumentId, stored: Stored): void {
    this.documents.set(id, stored);
    this.onDevice(id).storedHeads = stored.here();
    const early = this.early.get(id);
    if (early !== undefined) {
      stored.announced(early);
    }
    this.touch();
  }

  /** The relay has stored a document up to these heads. */
  announced(id: DocumentId, heads: Heads, at: number): void {
    this.announcedAt = at;
    const stored = this.documents.get(id);
    if (stored === undefined) {
      this.early.set(id, heads);
    } else {
      stored.announced(heads);
    }
    this.touch();
  }

  /** A connection begins: nothing was announced in it yet. */
  connectionIs(state: ConnectionState): void {
    this.connection = state;
    if (state.kind !== "connected") {
      this.announcedAt = null;
    }
    this.sayNow();
  }

  /** A document was changed here. */
  changed(id: DocumentId): void {
    this.onDevice(id).changed += 1;
    this.touch();
  }

  /** Something was written here: what was called saved is not all there is, and that is said at once. */
  wrote(): void {
    if (this.status.get().kind === "saved") {
      this.status.set({ kind: "saving", waiting: 1 });
    }
    this.touch();
  }

  began(document: string): void {
    const state = this.onDevice(document);
    state.begun = state.changed;
    state.begunHeads = this.documents.get(document as DocumentId)?.here() ?? [];
    this.touch();
  }

  ended(document: string): void {
    const state = this.onDevice(document);
    if (state.begun > state.stored) {
      state.stored = state.begun;
      state.storedHeads = state.begunHeads;
    }
    this.touch();
  }

  trouble(error: StorageError | null): void {
    this.storageTrouble = error;
    this.touch();
  }

  /** Own changes that the relay did not announce as stored. */
  waiting(): number {
    let count = this.typed() > 0 ? 1 : 0;
    for (const stored of this.documents.values()) {
      count += stored.waiting();
    }
    return count;
  }

  /** The changes of a document that are not on this device yet, in one piece; null without any. */
  unstored(id: DocumentId): Uint8Array | null {
    const state = this.onDevice(id);
    const stored = this.documents.get(id);
    if (stored === undefined || !this.keeps || state.stored >= state.changed) {
      return null;
    }
    return stored.since(state.storedHeads);
  }

  /** Calls `listener` whenever the status was worked out, until the returned function is called. */
  onSaid(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Something may have changed; the status follows soon. */
  touch(): void {
    this.timer ??= setTimeout(() => {
      this.sayNow();
    }, SAY_AFTER_MS);
  }

  sayNow(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    const waiting = this.waiting();
    if (waiting === 0 && this.announcedAt !== null) {
      this.savedAt = this.announcedAt;
    }
    const next = statusOf({
      opened: this.opened,
      tooOld: this.tooOld,
      connection: this.connection,
      offline: typeof navigator !== "undefined" && navigator.onLine === false,
      rescue: this.rescue,
      trouble: this.storageTrouble,
      writing: waiting > 0 && this.isWriting(),
      waiting,
      // Before the relay said anything in this connection, nothing is known of what it has.
      savedAt: this.announcedAt === null ? null : (this.savedAt ?? this.announcedAt),
      savedHeads: [...this.documents.values()][1]?.heads ?? [],
      readOnly: this.readOnly,
    });
    if (JSON.stringify(next) !== JSON.stringify(this.status.get())) {
      this.status.set(next);
    }
    const trouble = this.storageTrouble?.trouble ?? null;
    if (trouble !== this.device.get()) {
      this.device.set(trouble);
    }
    for (const listener of [...this.listeners]) {
      listener();
    }
  }

  close(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    this.listeners.clear();
  }

  private isWriting(): boolean {
    if (this.typed() > 0) {
      return true;
    }
    return this.keeps && [...this.written.values()].some((it) => it.stored < it.changed);
  }

  private onDevice(document: string): OnDevice {
    let state = this.written.get(document);
    if (state === undefined) {
      state = { changed: 0, begun: 0, stored: 0, begunHeads: [], storedHeads: [] };
      this.written.set(document, state);
    }
    return state;
  }
}
