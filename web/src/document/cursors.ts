/**
 * Resolving cursors that come from peers. Automerge panics, beyond repair in the browser, when a
 * cursor is resolved in another object than its own or is not ASCII; so everything is asked first.
 * The rules are those of `anchor.rs` in crates/draft.
 */
import * as A from "@automerge/automerge";
import type { Doc, Patch } from "@automerge/automerge";
import { changeHash, type ChangeHash, type Heads } from "./ids";
import { operationId, RunIndex, runsOf, type OperationId } from "./runs";
import { asMap, field, type Node } from "./schema/value";

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
  /** Where the characters of a Text object stand now, until it changes. */
  private readonly indexes = new Map<string, RunIndex>();
  /** Whether a cursor belongs to an object: true or false for ever. */
  private readonly belonging = new Map<string, boolean>();

  constructor(private readonly doc: () => Doc<unknown>) {}

  /** Texts changed: forgets where their characters stand. */
  changed(patches: readonly Patch[]): void {
    for (const { path } of patches) {
      if (path[0] === "sections") {
        const object = typeof path[1] === "string" ? this.textObject(path[1]) : null;
        if (object === null) {
          this.indexes.clear();
        } else {
          this.indexes.delete(object);
        }
      }
    }
  }

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
      const at = this.historical(heads);
      if (index >= backend.length(object, at)) {
        return END;
      }
      return index < 0 ? null : backend.getCursor(object, index, at);
    });
  }

  /** Where a cursor points in a Text object, at the present or at known heads; null for garbage. */
  position(object: string, cursor: string, heads: Heads | null): Pointed | null {
    const backend = A.getBackend(this.doc());
    if (cursor === BEGINNING) {
      return { index: 0, alive: false };
    }
    const at = this.historical(heads);
    if (cursor === END) {
      return attempt(() => ({ index: backend.length(object, at), alive: false }));
    }
    const parsed = parse(cursor);
    if (parsed === null) {
      return null;
    }
    return at === undefined ? this.now(object, parsed) : this.then(object, parsed, at);
  }

  /** The change that wrote an operation; null when it is not in the document. */
  changeOf({ counter, actor }: OperationId): ChangeHash | null {
    return this.operations.changeOf(this.doc(), counter, actor);
  }

  private now(object: string, parsed: ParsedCursor): Pointed | null {
    const index = this.indexOf(object)?.find(parsed) ?? null;
    if (index !== null) {
      return { index, alive: true };
    }
    // Deleted, or of another object: only when the former is certain may Automerge be asked.
    if (this.writer(object, parsed) === null) {
      return null;
    }
    const backend = A.getBackend(this.doc());
    return attempt(() => ({
      index: backend.getCursorPosition(object, parsed.cursor),
      alive: false,
    }));
  }

  private then(object: string, parsed: ParsedCursor, at: readonly string[]): Pointed | null {
    const writtenBy = this.writer(object, parsed);
    if (writtenBy === null) {
      return null;
    }
    // At old heads Automerge gives up on a deleted character with nothing after it; naming the
    // changes that wrote character and object beside the heads changes nothing but that.
    const backend = A.getBackend(this.doc());
    const made = this.changeOfObject(this.doc(), object);
    const all = [...at, writtenBy, ...(made === null ? [] : [made])];
    const index = attempt(() => backend.getCursorPosition(object, parsed.cursor, all));
    if (index === null) {
      return attempt(() => ({ index: backend.length(object, all), alive: false }));
    }
    const here = attempt(() => backend.getCursor(object, index, all));
    return { index, alive: here === parsed.cursor };
  }

  /** The change that wrote a cursor's character, when that is of this object. */
  private writer(object: string, { counter, actor, cursor }: ParsedCursor): ChangeHash | null {
    const writtenBy = this.operations.changeOf(this.doc(), counter, actor);
    if (writtenBy === null) {
      return null;
    }
    const key = `${object} ${cursor}`;
    let belongs = this.belonging.get(key);
    if (belongs === undefined) {
      const backend = A.getBackend(this.doc());
      belongs = attempt(() => backend.getCursorPosition(object, cursor, [writtenBy])) !== null;
      this.belonging.set(key, belongs);
    }
    return belongs ? writtenBy : null;
  }

  private indexOf(object: string): RunIndex | null {
    let index = this.indexes.get(object);
    if (index === undefined) {
      const backend = A.getBackend(this.doc());
      const length = attempt(() => backend.length(object)) ?? 0;
      index = new RunIndex(runsOf(0, length, (at) => operationId(attempt(() => backend.getCursor(object, at)))));
      this.indexes.set(object, index);
    }
    return index;
  }

  /** Heads to ask for; undefined for the present, which Automerge answers many times faster. */
  private historical(heads: Heads | null): string[] | undefined {
    const now = heads === null ? null : A.getHeads(this.doc());
    const same = now?.length === heads?.length && now?.every((it, index) => it === heads?.[index]);
    return heads === null || same === true ? undefined : [...heads];
  }

  /** The change that wrote a map of the document, by its object id. */
  changeOfObject(doc: Doc<unknown>, object: string): ChangeHash | null {
    const [counter, actor] = object.split("@");
    return actor === undefined ? null : this.operations.changeOf(doc, Number(counter), actor);
  }
}

interface ParsedCursor extends OperationId {
  readonly cursor: string;
}

function parse(text: string): ParsedCursor | null {
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
