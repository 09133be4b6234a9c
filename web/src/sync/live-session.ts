/** A draft that is open. */
import type { Repo } from "@automerge/automerge-repo";
import * as A from "@automerge/automerge";
import { Anchors } from "../document/anchors";
import type { RecordView } from "../document/draft";
import type { ChangeHash, DocumentId, Heads, ParticipantId } from "../document/ids";
import { LiveDiscussion } from "../document/live-discussion";
import { LiveHistory } from "../document/live-history";
import { rootOf } from "../document/live";
import { KNOWN_VERSION, readRecord } from "../document/schema/record";
import { Store } from "../document/store";
import { LiveText } from "../document/text-model";
import type { Device } from "./device";
import { discard, readFrom } from "./draft-storage";
import { HandsIn } from "./hands-in";
import { rescueLeftovers } from "./leftovers";
import { LivePresence } from "./presence";
import type { Receipts } from "./receipts";
import type { ConnectionState, Moved, RelayAdapter } from "./relay-adapter";
import type { RepoDocument } from "./repo-document";
import { Rescues } from "./rescue";
import { Stored } from "./saving";
import type { DraftSession, Handing, OpenOptions, Rescue, Role } from "./session";
import type { Truth } from "./truth";

/** Refusals come one by one; after this long without another they are rescued together. */
const RESCUE_AFTER_MS = 300;
/** How soon it is tried again to discard what was rescued, when storage would not, in milliseconds. */
const AFRESH_AGAIN_MS = 2_000;
/** How long closing waits for the device's storage. */
const CLOSE_WITHIN_MS = 3_000;

export interface Parts {
  readonly options: OpenOptions;
  readonly truth: Truth;
  readonly device: Device;
  readonly receipts: Receipts;
  readonly adapter: RelayAdapter;
  readonly repo: Repo;
  readonly peer: string;
  readonly record: RepoDocument;
  readonly text: RepoDocument;
  readonly discussion: RepoDocument;
}

export class LiveSession implements DraftSession {
  readonly documentId: DocumentId;
  readonly text: LiveText;
  readonly discussion: LiveDiscussion;
  readonly record: Store<RecordView>;
  readonly history: LiveHistory;
  readonly presence: LivePresence;
  readonly status: Truth["status"];
  readonly device: Truth["device"];
  readonly editable: Store<boolean>;
  readonly rescues = new Store<readonly Rescue[]>([]);
  private role: Role;
  private participant: ParticipantId | null;
  private toldNoText: string | null = null;
  private toldNoDiscussion = false;
  private rescuing: ReturnType<typeof setTimeout> | null = null;
  private closing: Promise<void> | null = null;
  private tidied = false;
  private persisted = false;
  private wasConnected: boolean;
  private readonly stored: { readonly text: Stored; readonly discussion: Stored };
  private readonly rescueStore: Rescues;
  private readonly handsIn: HandsIn;
  private readonly notices = new Set<(message: string) => void>();
  private readonly roleListeners = new Set<() => void>();
  private readonly movedListeners = new Set<(what: Moved) => void>();
  private readonly stops: (() => void)[] = [];
  private afresh: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: Parts) {
    const { options, truth, device, record, text, discussion } = parts;
    this.documentId = options.documentId;
    this.role = options.role;
    text.saysWhen = discussion.saysWhen = !(options.withheld ?? false);
    this.participant = options.participant;
    // The documents came from the relay, or from this device before it was reached.
    this.wasConnected = truth.connection.kind === "connected";
    this.status = truth.status;
    this.device = truth.device;
    this.record = new Store(readRecord(rootOf(record)));
    this.text = new LiveText(text, {
      onError: (error) => {
        this.notice(error instanceof Error ? error.message : String(error));
      },
    });
    const anchors = new Anchors(text);
    this.stored = { text: new Stored(text), discussion: new Stored(discussion) };
    this.rescueStore = new Rescues(device.database, options.documentId);
    this.handsIn = new HandsIn(this.rescueStore, { ...options, draft: options.documentId });
    this.editable = new Store(false);
    this.discussion = new LiveDiscussion(discussion, {
      text: this.text,
      anchors,
      record: this.record,
      me: () => this.me(),
      allowed: () => this.mayDiscuss(),
      saysWhen: () => discussion.saysWhen,
    });
    this.history = new LiveHistory(text, this.text, anchors, this.record);
    this.presence = new LivePresence({
      handle: text.handle,
      text: this.text,
      anchors,
      peer: parts.peer,
      me: () => this.me(),
    });
    this.follow();
    truth.typed = () => this.text.waiting;
    truth.opened = true;
    this.judge();
    truth.sayNow();
    void this.loadRescues();
  }

  onNotice(listener: (message: string) => void): () => void {
    this.notices.add(listener);
    return () => {
      this.notices.delete(listener);
    };
  }

  onMoved(listener: (what: Moved) => void): () => void {
    this.movedListeners.add(listener);
    return () => {
      this.movedListeners.delete(listener);
    };
  }

  moved(what: Moved): void {
    for (const listener of [...this.movedListeners]) {
      listener(what);
    }
  }

  onRoleChanged(listener: () => void): () => void {
    this.roleListeners.add(listener);
    return () => {
      this.roleListeners.delete(listener);
    };
  }

  async setRole(role: Role): Promise<void> {
    this.role = role;
    this.judge();
    if (role === "viewer" && this.parts.truth.waiting() > 0) {
      // Readers sync nothing, so the relay would neither take nor refuse what waits.
      await this.rescue("you may read the draft, and no longer write in it", "due");
    }
  }

  setWithheld(withheld: boolean): void {
    // What was typed before still says when.
    this.text.flush();
    this.parts.text.saysWhen = this.parts.discussion.saysWhen = !withheld;
  }

  setParticipant(participant: ParticipantId): void {
    this.participant = participant;
    this.discussion.settle();
    this.presence.announce();
  }

  /** The relay knows this participant, who has said who they are before, under another id now. */
  renamed(participant: ParticipantId): void {
    if (this.participant !== null && this.participant !== participant) {
      this.setParticipant(participant);
    }
  }

  reconnect(): void {
    this.parts.adapter.redial();
  }

  disconnect(): void {
    this.text.flush();
    this.parts.adapter.disconnect();
  }

  close(): Promise<void> {
    this.closing ??= this.hangUp();
    return this.closing;
  }

  private async hangUp(): Promise<void> {
    for (const stop of this.stops) {
      stop();
    }
    clearTimeout(this.afresh);
    this.handsIn.close();
    this.presence.close();
    this.discussion.close();
    this.text.close();
    const { repo, receipts, adapter, device, truth } = this.parts;
    const late = new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS));
    const stored = repo.flush().then(() => receipts.close());
    await Promise.race([stored.catch(() => undefined), late]);
    adapter.disconnect();
    truth.close();
    device.close();
  }

  /** The state of the connection changed. */
  connectionIs(state: ConnectionState): void {
    if (state.kind === "connected") {
      // What the last connection said about writing holds no longer.
      this.toldNoText = null;
      this.toldNoDiscussion = false;
      this.judge();
      this.presence.announce();
      if (this.wasConnected) {
        // Nobody tells a page what its person may do from now on, if it was away when that changed.
        this.roleChanged();
      }
      this.wasConnected = true;
    } else if (state.kind === "stopped" && state.ending?.again === "no") {
      this.judge();
      if (state.ending.why === "quarantine-full") {
        this.refused(this.documentId, [], state.message);
      } else if (state.ending.why === "revoked") {
        this.linkEnded(state.message);
      }
    }
  }

  /** The relay did not take changes. */
  refused(_document: DocumentId, _hashes: Heads, message: string): void {
    if (this.rescuing !== null) {
      clearTimeout(this.rescuing);
    }
    this.rescuing = setTimeout(() => {
      this.rescuing = null;
      void this.rescue(message);
    }, RESCUE_AFTER_MS);
  }

  /** The relay lets nobody in by this link any more. What it has not got goes to the facilitators. */
  private linkEnded(message: string): void {
    const { receipts, text, discussion, truth } = this.parts;
    for (const [id, stored] of [
      [text.id, this.stored.text],
      [discussion.id, this.stored.discussion],
    ] as const) {
      stored.signed(
        receipts
          .all()
          .filter((it) => it.document === id)
          .flatMap((it) => it.heads),
      );
    }
    this.text.flush();
    if (truth.rescue === null && truth.waiting() > 0) {
      void this.rescue(message, "due");
    }
  }

  toldReadOnly(document: DocumentId, message: string): void {
    if (document === this.parts.text.id) {
      this.toldNoText = message;
    } else if (document === this.parts.discussion.id) {
      this.toldNoDiscussion = true;
    }
    this.judge();
  }

  roleChanged(): void {
    for (const listener of [...this.roleListeners]) {
      listener();
    }
  }

  notice(message: string): void {
    for (const listener of [...this.notices]) {
      listener(message);
    }
  }

  private follow(): void {
    const { truth, receipts, record, text, discussion, adapter, device } = this.parts;
    for (const document of [record, text, discussion]) {
      receipts.follow(document.id, document);
    }
    const known = new Stored(record);
    if (device.database !== null) {
      device.database.onReturned = () => {
        this.storeAnew().catch(() => undefined);
      };
    }
    truth.add(this.documentId, known);
    truth.add(text.id, this.stored.text);
    truth.add(discussion.id, this.stored.discussion);
    for (const document of [text, discussion]) {
      const id = document.id;
      this.stops.push(
        document.listen({
          changed: (_, origin) => {
            truth.changed(id);
            if (origin === "local") {
              truth.wrote();
            }
          },
        }),
      );
    }
    this.stops.push(
      record.listen({
        changed: () => {
          this.record.set(readRecord(rootOf(record)));
          this.judge();
        },
      }),
      this.text.onEdit(({ origin, planned }) => {
        if (origin === null && planned === null) {
          truth.touch();
        } else {
          truth.wrote();
        }
        if (origin !== null && !this.persisted) {
          this.persisted = true;
          device.persist();
        }
      }),
      truth.onSaid(() => {
        if (truth.unstored(text.id) === null && truth.unstored(discussion.id) === null) {
          device.lastWords?.forget();
        }
        void this.tidy();
      }),
      onPage("visibilitychange", () => {
        this.hurry();
      }),
      onWindow("pagehide", () => {
        this.hurry();
      }),
      onPage("freeze", () => {
        this.hurry();
      }),
      // A page that slept has missed what its connection was told, and perhaps its end.
      onPage("resume", () => {
        adapter.refresh();
      }),
      onWindow("online", () => {
        adapter.refresh();
      }),
      onWindow("offline", () => {
        truth.touch();
      }),
    );
  }

  /** The page may be gone in a moment: what was typed goes to this device without waiting. */
  private hurry(): void {
    const { device, receipts, repo, truth, text, discussion } = this.parts;
    this.text.flush();
    // What the browser's storage has not confirmed is noted down where writing does not wait.
    for (const { id } of [text, discussion]) {
      const bytes = truth.unstored(id);
      if (bytes !== null) {
        device.lastWords?.note(id, bytes);
      }
    }
    repo.flush().catch(() => undefined);
    void receipts.close();
  }

  /** What this device kept was cleared: it keeps all of it again from now on. */
  private async storeAnew(): Promise<void> {
    const { database, storage } = this.parts.device;
    if (database === null || storage === null) {
      return;
    }
    await readFrom(database, this.documentId, storage.generation);
    const { record, text, discussion } = this.parts;
    for (const { id, handle } of [record, text, discussion]) {
      // What automerge-repo stores from now on builds on what it thinks is there.
      await storage.save([id, "snapshot", `anew-${this.parts.peer}`], A.save(handle.doc()));
    }
  }

  /** Works out what one may do now. */
  private judge(): void {
    const { truth } = this.parts;
    const record = this.record.get();
    if (record.version > KNOWN_VERSION) {
      truth.tooOld = `this draft has format ${record.version}, and this page knows ${KNOWN_VERSION}`;
    }
    const writes = this.role === "editor" || this.role === "facilitator";
    if (this.isLocked()) {
      const message = record.stage === "final" ? "the draft is final" : `stage: ${record.stage}`;
      truth.readOnly = { reason: "stage", message };
    } else if (this.toldNoText !== null) {
      truth.readOnly = { reason: "role", message: this.toldNoText };
    } else {
      truth.readOnly = writes ? null : { reason: "role", message: "this link does not edit" };
    }
    this.editable.set(truth.readOnly === null && this.isAlive());
    truth.touch();
  }

  /** The relay takes changes in the stages that it knows, and in none after the last. */
  private isLocked(): boolean {
    return !["drafting", "review", "settling"].includes(this.record.get().stage);
  }

  private mayDiscuss(): boolean {
    return this.role !== "viewer" && !this.isLocked() && !this.toldNoDiscussion && this.isAlive();
  }

  /** Whether what is written here can reach the relay at all. */
  private isAlive(): boolean {
    const { truth } = this.parts;
    const { connection } = truth;
    const ended = connection.kind === "stopped" && connection.ending?.again === "no";
    return truth.tooOld === null && truth.rescue === null && !ended;
  }

  private me(): ParticipantId | null {
    if (this.participant !== null) {
      return this.participant;
    }
    const { actors } = this.record.get();
    const { text, discussion } = this.parts;
    for (const document of [text, discussion]) {
      const bound = actors[A.getActorId(document.handle.doc())];
      if (bound !== undefined) {
        return bound;
      }
    }
    return null;
  }

  private async rescue(message: string, handing: Handing = "none"): Promise<void> {
    const { truth, adapter, text, discussion } = this.parts;
    this.text.flush();
    const refused = (live: RepoDocument, stored: Stored) => {
      const hashes: readonly ChangeHash[] = stored.missing();
      return { live, stored: stored.heads, hashes };
    };
    const { rescue, stored, kept } = await this.rescueStore.keep(
      refused(text, this.stored.text),
      refused(discussion, this.stored.discussion),
      message,
      Date.now(),
      handing,
    );
    truth.rescue = rescue;
    this.rescues.set([...this.rescues.get(), this.listed(rescue)]);
    this.judge();
    // Nothing of it may reach the relay again, and the next opening begins afresh.
    adapter.disconnect();
    if (kept) {
      await this.beginAfresh();
    }
    truth.sayNow();
    if (handing === "due") {
      this.handsIn.begin(stored, (now) => {
        truth.rescue = { ...rescue, handing: now };
        this.rescues.set(this.rescues.get().map((it) => (it.id === rescue.id ? { ...it, handing: now } : it)));
        truth.sayNow();
      });
    }
  }

  /**
   * Sees to it that the next opening begins afresh. While storage takes nothing it is tried again; the page that
   * ends before finds the rescued words in the draft once more, is refused, and is here again.
   */
  private async beginAfresh(): Promise<void> {
    const { database, storage } = this.parts.device;
    if (database === null || storage === null) {
      return;
    }
    try {
      await discard(database, this.documentId, storage.generation);
    } catch {
      this.afresh = setTimeout(() => void this.beginAfresh(), AFRESH_AGAIN_MS);
    }
  }

  private async loadRescues(): Promise<void> {
    try {
      const loaded = await this.rescueStore.load();
      this.rescues.set([...loaded.map((it) => this.listed(it)), ...this.rescues.get()]);
    } catch {
      // What cannot be read now is still there at the next opening.
    }
  }

  private listed(rescue: Rescue): Rescue {
    return {
      ...rescue,
      discard: async () => {
        await rescue.discard();
        this.rescues.set(this.rescues.get().filter((it) => it.id !== rescue.id));
      },
    };
  }

  /** Once everything is saved, what was discarded earlier is looked through and removed. */
  private async tidy(): Promise<void> {
    const saved = this.status.get().kind;
    if (this.tidied || (saved !== "saved" && saved !== "read-only")) {
      return;
    }
    this.tidied = true;
    const { device, text, discussion } = this.parts;
    try {
      const found = await rescueLeftovers(device, this.documentId, this.rescueStore, [text, discussion]);
      this.rescues.set([...this.rescues.get(), ...found.map((it) => this.listed(it))]);
    } catch {
      // It stays where it is until the next opening.
    }
  }
}

function onPage(event: string, run: () => void): () => void {
  if (typeof document === "undefined") {
    return () => undefined;
  }
  document.addEventListener(event, run);
  return () => {
    document.removeEventListener(event, run);
  };
}

function onWindow(event: string, run: () => void): () => void {
  if (typeof window === "undefined") {
    return () => undefined;
  }
  window.addEventListener(event, run);
  return () => {
    window.removeEventListener(event, run);
  };
}
