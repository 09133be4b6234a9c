/**
 * Resolving cursors that come from peers. Automerge panics, beyond repair in the browser, when a
 * cursor is resolved in another object than its own or is not ASCII; so everything is asked first.
 * The rules are those of `anchor.rs` in crates/draft.
 */
import * as A from "@automerge/automerge";
import type { Doc } from "@automerge/automerge";
import { changeHash, type ChangeHash, type Heads } from "./ids";
import { asMap, field, type Node } from "./schema/value";

type Backend = ReturnType<typeof A.getBackend>;

/** Where a cursor points. */
export interface Pointed {
  /** The index of its character in UTF-16 units, or of the next one when it was deleted. */
  readonly index: number;
  /** Whether its character is still there. */
  readonly alive: boolean;
}

interface Written {
  readonly start: number;
  readonly end: number;
  readonly hash: ChangeHash;
}

/** Which change wrote which operation: built from what a change says of itself, and kept. */
export class Operations {
  private readonly byActor = new Map<string, Written[]>();
  private known: Heads = [];

  /** The change that wrote an operation, or null when it is not in the document. */
  changeOf(doc: Doc<unknown>, counter: number, actor: string): ChangeHash | null {
    this.catchUp(doc);
    const changes = this.byActor.get(actor) ?? [];
    let low = 0;
    let high = changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((changes[middle]?.end ?? 0) < counter) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const found = changes[low];
    return found !== undefined && found.start <= counter ? found.hash : null;
  }

  private catchUp(doc: Doc<unknown>): void {
    const heads = A.getHeads(doc);
    if (heads.length === this.known.length && heads.every((it, index) => it === this.known[index])) {
      return;
    }
    for (const { actor, startOp, maxOp, hash } of A.getChangesMetaSince(doc, [...this.known])) {
      const changes = this.byActor.get(actor) ?? [];
      changes.push({ start: startOp, end: maxOp, hash: changeHash(hash) });
      this.byActor.set(actor, changes);
    }
    this.known = heads.map(changeHash);
  }
}

const END = "e";
const BEGINNING = "s";
const MAX_CURSOR = 300;

/** Reads and makes cursors of one document's texts. */
export class Cursors {
  private readonly operations = new Operations();

  constructor(private readonly doc: () => Doc<unknown>) {}

  /** The id of a section's Text object; null where there is none. */
  textObject(section: string): string | null {
    const sections = asMap(field(this.doc() as Node, "sections"));
    const map = sections === null ? null : asMap(field(sections, section));
    if (map === null || typeof field(map, "text") !== "string") {
      return null;
    }
    return objectId(map, "text");
  }

  /** The cursor before the character at `index` of a section's text; `e` at its end. */
  make(section: string, index: number): string | null {
    const object = this.textObject(section);
    return object === null ? null : this.makeIn(object, index, null);
  }

  /** The same in a Text object, at the present or at known heads. */
  makeIn(object: string, index: number, heads: Heads | null): string | null {
    const backend = A.getBackend(this.doc());
    return attempt(() => {
      const at = heads === null ? undefined : [...heads];
      if (index >= backend.length(object, at)) {
        return END;
      }
      return index < 0 ? null : backend.getCursor(object, index, at);
    });
  }

  /** Where a cursor points in a Text object, at the present or at known heads; null for garbage. */
  position(object: string, cursor: string, heads: Heads | null): Pointed | null {
    const doc = this.doc();
    const backend = A.getBackend(doc);
    const at = heads === null ? A.getHeads(doc) : [...heads];
    if (cursor === BEGINNING) {
      return { index: 0, alive: false };
    }
    if (cursor === END) {
      return attempt(() => ({ index: backend.length(object, at), alive: false }));
    }
    const parsed = parse(cursor);
    if (parsed === null) {
      return null;
    }
    const writtenBy = this.operations.changeOf(doc, parsed.counter, parsed.actor);
    const made = this.changeOfObject(doc, object);
    if (writtenBy === null || !belongs(backend, object, parsed.cursor, writtenBy)) {
      return null;
    }
    const all = [...at, writtenBy, ...(made === null ? [] : [made])];
    const index = attempt(() => backend.getCursorPosition(object, parsed.cursor, all));
    if (index === null) {
      return attempt(() => ({ index: backend.length(object, all), alive: false }));
    }
    const here = attempt(() => backend.getCursor(object, index, all));
    return { index, alive: here === parsed.cursor };
  }

  /** The change that wrote a map of the document, by its object id. */
  changeOfObject(doc: Doc<unknown>, object: string): ChangeHash | null {
    const [counter, actor] = object.split("@");
    return actor === undefined ? null : this.operations.changeOf(doc, Number(counter), actor);
  }
}

/** Whether a cursor's character is of this object: it is found at the change that wrote it. */
function belongs(backend: Backend, object: string, cursor: string, writtenBy: ChangeHash): boolean {
  return attempt(() => backend.getCursorPosition(object, cursor, [writtenBy])) !== null;
}

function parse(text: string): { counter: number; actor: string; cursor: string } | null {
  const found = text.length > MAX_CURSOR ? null : /^-?(\d{1,10})@([0-9a-f]+)$/.exec(text);
  if (found?.[1] === undefined || found[2] === undefined || found[2].length % 2 === 1) {
    return null;
  }
  const counter = Number(found[1]);
  // A cursor that moves backwards is read as one that moves forwards.
  return counter <= 0xffff_ffff ? { counter, actor: found[2], cursor: text.replace(/^-/, "") } : null;
}

/** The id of the object at a key of a map. */
export function objectId(map: Node, key?: string): string | null {
  const id: unknown = key === undefined ? A.getObjectId(map) : A.getObjectId(map, key);
  return typeof id === "string" ? id : null;
}

function attempt<T>(run: () => T | null): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}
