/** What the relay sends, handed on in few large pieces: others' changes of a document come together. */
import type { Message } from "@automerge/automerge-repo";
import { calm, type Calm, type Task } from "./calm";
import { together } from "./together";

/** A message as the relay sent it, with what is ours on it. */
export type Incoming = Message & Readonly<Record<string, unknown>>;

/** Others' words are shown ten times a second; that reads as being typed. */
const RHYTHM = { every: 100, latest: 250 };
/** More messages of one document than this are not kept waiting. */
const MAX_WAITING = 64;
/** Nor more than this while a word is composed. */
const MAX_WAITING_COMPOSING = 1_024;
/** A draft has three documents. */
const MAX_DOCUMENTS = 8;

interface Waiting {
  messages: Incoming[];
  readonly task: Task;
}

export class Intake {
  private readonly documents = new Map<string, Waiting>();

  /** `deliver` gets every message, or one that does what several do; a document's stay in order. */
  constructor(
    private readonly deliver: (message: Incoming) => void,
    private readonly when: Calm = calm(),
  ) {}

  /** Takes a message, and hands it on now or soon. */
  take(message: Incoming): void {
    const { documentId } = message;
    const waiting = documentId === undefined ? null : this.of(documentId);
    if (message.type === "sync" && waiting !== null) {
      waiting.messages.push(message);
      if (waiting.messages.length < (this.when.isComposing ? MAX_WAITING_COMPOSING : MAX_WAITING)) {
        waiting.task.ask();
        return;
      }
      this.handOn(waiting);
      return;
    }
    // Presence may come before the words that it points to; whatever else is said comes after them.
    if (waiting !== null && message.type !== "ephemeral") {
      this.handOn(waiting);
    }
    this.deliver(message);
  }

  /** Hands on what waits, and lets go of everything until something is taken again. */
  flush(): void {
    for (const waiting of this.documents.values()) {
      this.handOn(waiting);
      waiting.task.stop();
    }
    this.documents.clear();
  }

  private of(document: string): Waiting | null {
    let waiting = this.documents.get(document);
    if (waiting === undefined && this.documents.size < MAX_DOCUMENTS) {
      const made: Waiting = {
        messages: [],
        task: this.when.task(() => {
          this.handOn(made);
        }, RHYTHM),
      };
      this.documents.set(document, made);
      waiting = made;
    }
    return waiting ?? null;
  }

  private handOn(waiting: Waiting): void {
    const { messages } = waiting;
    waiting.messages = [];
    for (const message of asFew(messages)) {
      this.deliver(message);
    }
  }
}

/** One message that does what several do, where that can be; the last one's receipt is of all heads. */
function asFew(messages: readonly Incoming[]): readonly Incoming[] {
  const last = messages.at(-1);
  const bytes = messages.flatMap(({ data }) => (data instanceof Uint8Array ? [data] : []));
  if (last === undefined || messages.length < 2 || bytes.length < messages.length) {
    return messages;
  }
  const data = together(bytes);
  return data === null ? messages : [{ ...last, data }];
}
