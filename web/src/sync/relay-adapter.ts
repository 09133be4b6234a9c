/**
 * The connection to the relay, as automerge-repo wants it. Unlike its own adapter this one dials with
 * growing pauses, understands why a connection was closed, tells what the relay has stored, and is
 * not ready before it knows whether the relay can be reached.
 */
import { decodeSyncMessage } from "@automerge/automerge";
import {
  cbor,
  decodeHeads,
  encodeHeads,
  NetworkAdapter,
  type DocumentId as RepoDocumentId,
  type Message,
  type PeerId,
  type PeerMetadata,
  type UrlHeads,
} from "@automerge/automerge-repo";
import {
  changeHash,
  documentId,
  participantId,
  type DocumentId,
  type Heads,
  type ParticipantId,
} from "../document/ids";
import { endingOf, pauseBefore, type Ending } from "./dialling";
import { calm } from "./calm";
import { Intake, type Incoming } from "./intake";

/** The state of the connection. */
export type ConnectionState =
  | { readonly kind: "dialling" }
  | { readonly kind: "connected" }
  /** Will be dialled again at this time. */
  | { readonly kind: "waiting"; readonly nextTryAt: number }
  /** Not dialled again by itself. */
  | { readonly kind: "stopped"; readonly ending: Ending | null; readonly message: string };

/** What the relay says beyond automerge-repo's protocol. */
/** Of what the relay says that there is something new to ask for. */
export type Moved = "people" | "held";

export interface RelayListener {
  state(state: ConnectionState): void;
  /** Everything up to these heads is on the relay's disk. */
  saved(document: DocumentId, heads: Heads, at: number): void;
  /** The relay has signed that it has a document up to these heads. */
  signed(document: DocumentId, heads: Heads, receipt: Uint8Array): void;
  quarantined(document: DocumentId, hashes: Heads, message: string): void;
  readOnly(document: DocumentId, message: string): void;
  /** The role of the link changed; the connection is dialled anew. */
  roleChanged(): void;
  notice(message: string): void;
  /** There is something to ask the relay for anew: of people, or of what is held back. */
  moved(what: Moved): void;
  /** Who this connection is, said at its beginning and when participants were merged. */
  participant(id: ParticipantId): void;
}

/** What the relay has signed for one document, as it is shown to it again. */
export interface ShownReceipt {
  readonly document: DocumentId;
  readonly heads: Heads;
  readonly receipt: Uint8Array;
}

export interface RelayOptions {
  /** Such as `wss://host/sync?draft=…`. */
  readonly url: string;
  readonly participantSecret: string;
  readonly instance: string;
  readonly listener: RelayListener;
  /** What the relay has signed, all of it, to be shown when a connection begins. */
  readonly receipts?: () => readonly ShownReceipt[];
  /** Makes the socket; tests and programs pass their own. */
  readonly socket?: (url: string) => WebSocket;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

/** A connection that says nothing of itself this long after the relay's greeting counts as good. */
const GOOD_AFTER_MS = 5_000;
/** How long a socket may take to open. */
const OPEN_WITHIN_MS = 20_000;
/** A clock that jumped by more than this means that the device slept. */
const SLEPT_MS = 30_000;
const TICK_MS = 5_000;
/** The relay says what it has stored after each commit, many times a second while many write. Milliseconds. */
const STORED = { every: 100, latest: 250 };
const ROLE_CHANGED = 4405;
/** `WebSocket.OPEN`, for sockets that are not the page's own. */
const OPEN = 1;

export class RelayAdapter extends NetworkAdapter {
  private socket: WebSocket | null = null;
  private relay: PeerId | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private ticking: ReturnType<typeof setInterval> | null = null;
  private lastTick = 0;
  private lastError = "";
  private stopped = false;
  private ready = false;
  private becomeReady: () => void = () => undefined;
  private readonly readiness: Promise<void>;
  private readonly intake = new Intake((message) => {
    this.handOn(message);
  });
  /** What was last said of what the relay has stored, by document, and when: later words replace earlier ones. */
  private readonly stored = new Map<RepoDocumentId, { readonly message: Incoming; readonly at: number }>();
  private readonly storing = calm().task(() => {
    this.tellStored();
  }, STORED);

  constructor(private readonly options: RelayOptions) {
    super();
    this.readiness = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
  }

  isReady(): boolean {
    return this.ready;
  }

  whenReady(): Promise<void> {
    return this.readiness;
  }

  connect(peerId: PeerId, peerMetadata?: PeerMetadata): void {
    this.peerId = peerId;
    this.peerMetadata = peerMetadata ?? {};
    this.lastTick = Date.now();
    this.ticking ??= setInterval(() => {
      this.tick();
    }, TICK_MS);
    this.dial();
  }

  /** Dials now, if it is waiting or was stopped. */
  redial(): void {
    this.stopped = false;
    if (this.socket === null && this.peerId !== undefined) {
      this.attempt = 0;
      this.dial();
    }
  }

  /** Drops a socket that is probably dead, and dials. */
  refresh(): void {
    if (!this.stopped) {
      this.drop();
      this.redial();
    }
  }

  disconnect(): void {
    this.stopped = true;
    if (this.ticking !== null) {
      clearInterval(this.ticking);
      this.ticking = null;
    }
    this.drop();
    this.settle();
    this.options.listener.state({ kind: "stopped", ending: null, message: "" });
  }

  send(message: Message): void {
    const { socket } = this;
    if (socket === null || socket.readyState !== OPEN || this.relay === null) {
      return;
    }
    // automerge-repo passes presence on to everybody, also to where it came from.
    if (message.type === "ephemeral" && message.senderId !== this.peerId) {
      return;
    }
    if (message.data?.byteLength !== 0) {
      socket.send(Uint8Array.from(cbor.encode(message)));
    }
  }

  private dial(): void {
    if (this.stopped || this.socket !== null) {
      return;
    }
    this.clearTimer();
    this.lastError = "";
    this.options.listener.state({ kind: "dialling" });
    let socket: WebSocket;
    try {
      socket = (this.options.socket ?? ((url) => new WebSocket(url)))(this.options.url);
    } catch {
      this.ended(1006, "");
      return;
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.timer = setTimeout(() => {
      this.ended(1006, "");
    }, OPEN_WITHIN_MS);
    const current = (run: () => void): (() => void) => {
      return () => {
        if (this.socket === socket) {
          run();
        }
      };
    };
    socket.addEventListener(
      "open",
      current(() => {
        this.join(socket);
      }),
    );
    // What went wrong is said by the `close` that follows.
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", (event) => {
      if (this.socket === socket) {
        this.ended(event.code, event.reason);
      }
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (this.socket === socket && event.data instanceof ArrayBuffer) {
        this.receive(new Uint8Array(event.data));
      }
    });
  }

  private join(socket: WebSocket): void {
    const { participantSecret: participant, instance } = this.options;
    const plenary = { version: 1, participant, instance };
    const { storageId, isEphemeral } = this.peerMetadata ?? {};
    const metadata = {
      ...(storageId === undefined ? {} : { storageId }),
      isEphemeral: isEphemeral ?? false,
      plenary,
    };
    socket.send(
      Uint8Array.from(
        cbor.encode({
          type: "join",
          senderId: this.peerId,
          peerMetadata: metadata,
          supportedProtocolVersions: ["1"],
        }),
      ),
    );
  }

  private receive(bytes: Uint8Array): void {
    let message: Incoming;
    try {
      message = cbor.decode(bytes);
    } catch {
      return;
    }
    switch (message.type) {
      case "peer":
        this.greeted(message);
        break;
      case "error":
        this.lastError = wordsOf(message["message"]);
        break;
      case "plenary":
        this.told(message);
        break;
      case "remote-heads-changed":
        if (message.documentId !== undefined) {
          this.stored.set(message.documentId, { message, at: Date.now() });
          this.storing.ask();
        }
        break;
      default:
        this.intake.take(message);
    }
  }

  /** Hands a message to automerge-repo. */
  private handOn(message: Incoming): void {
    if (message.type === "sync" || message.type === "request") {
      this.noteHeads(message);
    }
    this.emit("message", message);
  }

  private greeted(message: Incoming): void {
    this.clearTimer();
    this.timer = setTimeout(() => {
      this.attempt = 0;
    }, GOOD_AFTER_MS);
    this.relay = message.senderId;
    const metadata = isRecord(message["peerMetadata"]) ? message["peerMetadata"] : {};
    if (isRecord(metadata["plenary"])) {
      this.showReceipts(message.senderId);
    }
    this.options.listener.state({ kind: "connected" });
    this.emit("peer-candidate", { peerId: message.senderId, peerMetadata: metadata });
    const storage = metadata["storageId"];
    if (typeof storage === "string" && this.socket !== null) {
      const subscribe = {
        type: "remote-subscription-change",
        senderId: this.peerId,
        targetId: message.senderId,
        add: [storage],
      };
      this.socket.send(Uint8Array.from(cbor.encode(subscribe)));
    }
    this.settle();
  }

  /** They come before the first sync message, those of the record too: it says whose changes are. */
  private showReceipts(relay: PeerId): void {
    for (const { document, heads, receipt } of this.options.receipts?.() ?? []) {
      const shown = {
        type: "plenary",
        senderId: this.peerId,
        targetId: relay,
        kind: "receipt",
        documentId: document,
        heads: encodeHeads([...heads]),
        receipt,
      };
      this.socket?.send(Uint8Array.from(cbor.encode(shown)));
    }
  }

  /** The relay composes nothing before its disk has committed, so its heads are stored. */
  private noteHeads(message: Incoming): void {
    if (message.data === undefined || message.documentId === undefined) {
      return;
    }
    try {
      const { heads } = decodeSyncMessage(message.data);
      this.savedUpTo(message.documentId, heads, Date.now());
      const receipt = message["receipt"];
      if (receipt instanceof Uint8Array) {
        this.options.listener.signed(documentId(message.documentId), heads.map(changeHash), receipt);
      }
    } catch {
      // automerge-repo reports what it cannot read.
    }
  }

  private tellStored(): void {
    for (const [id, { message, at }] of this.stored) {
      const stores = isRecord(message["newHeads"]) ? Object.values(message["newHeads"]) : [];
      for (const store of stores) {
        const heads = isRecord(store) ? hashesOf(store["heads"]) : null;
        if (heads !== null) {
          this.savedUpTo(id, heads, at);
        }
      }
    }
    this.stored.clear();
  }

  private savedUpTo(id: RepoDocumentId, heads: readonly string[], at: number): void {
    this.options.listener.saved(documentId(id), heads.map(changeHash), at);
  }

  private told(message: Incoming): void {
    const { listener } = this.options;
    const id = documentId(message.documentId ?? "");
    const words = wordsOf(message["message"]);
    switch (message["kind"]) {
      case "quarantined":
        listener.quarantined(id, (hashesOf(message["hashes"]) ?? []).map(changeHash), words);
        break;
      case "read-only":
        listener.readOnly(id, words);
        break;
      case "saved":
        this.savedUpTo(message.documentId as RepoDocumentId, hashesOf(message["heads"]) ?? [], Date.now());
        break;
      case "notice":
        listener.notice(words);
        break;
      case "people":
      case "held":
        listener.moved(message["kind"]);
        break;
      case "participant":
        listener.participant(participantId(wordsOf(message["participant"])));
        break;
    }
  }

  private ended(code: number, reason: string): void {
    const good = this.attempt === 0 && this.relay !== null;
    this.drop();
    const ending = endingOf(code);
    if (code === ROLE_CHANGED) {
      this.options.listener.roleChanged();
    }
    if (ending.again === "no") {
      this.stopped = true;
      const message = this.lastError === "" ? reason : this.lastError;
      this.options.listener.state({ kind: "stopped", ending, message });
    } else if (!this.stopped) {
      // `now` is meant once; a relay that says it again and again is dialled like any other.
      const pause = ending.again === "now" && good ? 0 : pauseBefore(this.attempt, this.options.random ?? Math.random);
      this.attempt += 1;
      this.options.listener.state({ kind: "waiting", nextTryAt: Date.now() + pause });
      this.timer = setTimeout(() => {
        this.dial();
      }, pause);
    }
    this.settle();
  }

  private drop(): void {
    this.clearTimer();
    // What came over this connection belongs to it.
    this.intake.flush();
    this.tellStored();
    const { socket, relay } = this;
    this.socket = null;
    this.relay = null;
    socket?.close();
    if (relay !== null) {
      this.emit("peer-disconnected", { peerId: relay });
    }
  }

  /** A device that slept finds its socket dead and is not told. */
  private tick(): void {
    const now = Date.now();
    const slept = now - this.lastTick > SLEPT_MS + TICK_MS;
    this.lastTick = now;
    if (slept) {
      this.refresh();
    }
  }

  private settle(): void {
    if (!this.ready) {
      this.ready = true;
      this.becomeReady();
    }
  }

  private clearTimer(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const wordsOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Hashes as the wire writes them, in hexadecimal; null when they cannot be read. */
function hashesOf(value: unknown): string[] | null {
  if (!Array.isArray(value) || !value.every((it) => typeof it === "string")) {
    return null;
  }
  try {
    return decodeHeads(value as UrlHeads);
  } catch {
    return null;
  }
}
