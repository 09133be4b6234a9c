/** The truth about saving, worked out from what is known. */
import * as A from "@automerge/automerge";
import { changeHash, type ChangeHash, type Heads } from "../document/ids";
import type { LiveDocument } from "../document/live";
import { knows } from "../document/versions";
import type { StorageError } from "./database";
import type { ConnectionState } from "./relay-adapter";
import type { GoneReason, Rescue, SaveStatus } from "./session";

/** What the status depends on. */
export interface Facts {
  readonly opened: boolean;
  readonly tooOld: string | null;
  readonly connection: ConnectionState;
  readonly offline: boolean;
  readonly rescue: Rescue | null;
  readonly trouble: StorageError | null;
  /** Whether writes to this device are under way, or what was typed is not even a change yet. */
  readonly writing: boolean;
  /** Own changes that the relay has not announced as stored, and edits that are no change yet. */
  readonly waiting: number;
  /** When the relay last announced that everything is stored; null before the first time. */
  readonly savedAt: number | null;
  readonly savedHeads: Heads;
  readonly readOnly: { readonly reason: "role" | "stage"; readonly message: string } | null;
}

const GONE: ReadonlySet<string> = new Set<GoneReason>(["not-found", "revoked", "unauthorised", "replaced", "protocol"]);

/** The one status that holds: the first of those that {@link SaveStatus} lists. */
export function statusOf(facts: Facts): SaveStatus {
  const { connection, waiting } = facts;
  if (!facts.opened) {
    return { kind: "opening" };
  }
  const ending = connection.kind === "stopped" ? connection.ending : null;
  const why = ending?.again === "no" ? ending.why : null;
  const words = connection.kind === "stopped" ? connection.message : "";
  if (facts.tooOld !== null || why === "too-old") {
    return { kind: "too-old", message: facts.tooOld ?? words };
  }
  // Whose link was withdrawn, and had written, is told first what became of that.
  if (why !== null && isGone(why) && !(why === "revoked" && facts.rescue !== null)) {
    return { kind: "gone", reason: why, message: words };
  }
  if (facts.rescue !== null) {
    return { kind: "refused", message: facts.rescue.message, rescue: facts.rescue };
  }
  if (facts.trouble !== null && waiting > 0) {
    const { trouble: reason, message } = facts.trouble;
    return { kind: "unsaved", waiting, reason, message };
  }
  if (facts.writing) {
    return { kind: "saving", waiting };
  }
  if (connection.kind !== "connected" || facts.savedAt === null) {
    const nextTryAt = connection.kind === "waiting" ? connection.nextTryAt : null;
    return { kind: "reconnecting", waiting, nextTryAt, offline: facts.offline };
  }
  if (waiting > 0) {
    return { kind: "saved-here", waiting };
  }
  if (facts.readOnly !== null) {
    return { kind: "read-only", ...facts.readOnly };
  }
  return { kind: "saved", at: facts.savedAt, heads: facts.savedHeads };
}

const isGone = (why: string): why is GoneReason => GONE.has(why);

/** What of one document the relay has stored. */
export class Stored {
  /** The newest announced heads that are known here. */
  heads: Heads = [];
  /** Announced heads that are not known here yet. */
  private ahead: Heads | null = null;

  constructor(private readonly live: LiveDocument) {}

  /** The relay has stored everything up to `heads`. */
  announced(heads: Heads): void {
    if (knows(this.live.doc(), heads)) {
      this.heads = heads;
      this.ahead = null;
    } else {
      this.ahead = heads;
    }
  }

  /** Before the relay announced anything, what it had signed earlier holds. */
  signed(heads: Heads): void {
    if (this.heads.length === 0) {
      this.heads = heads.filter((it) => knows(this.live.doc(), [it]));
    }
  }

  /** The heads of what is here now. */
  here(): Heads {
    return A.getHeads(this.live.doc()).map(changeHash);
  }

  /** All changes after `heads`, as chunks in one piece. */
  since(heads: Heads): Uint8Array {
    return A.saveSince(this.live.doc(), [...heads]);
  }

  /** How many changes are here that the relay has not announced. */
  waiting(): number {
    if (this.ahead !== null) {
      this.announced(this.ahead);
    }
    return this.missing().length;
  }

  /** The changes that are here and that the relay has not announced. */
  missing(): ChangeHash[] {
    const doc = this.live.doc();
    const known = this.heads.filter((it) => knows(doc, [it]));
    return A.getChangesMetaSince(doc, [...known]).map((meta) => changeHash(meta.hash));
  }
}
