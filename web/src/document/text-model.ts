/** The text of a draft, as editors see it: what is in the document and what waits to be written. */
import { ChangeSet } from "@codemirror/state";
import * as A from "@automerge/automerge";
import type { Patch } from "@automerge/automerge";
import type { Heading, Range, SectionView, TextAt, TextModel } from "./draft";
import { sectionId, type Heads, type SectionId } from "./ids";
import { secureRandom } from "./keys";
import { rootOf, type LiveDocument, type MutableRoot } from "./live";
import { readMetadata, readSection, readSections, readTitle } from "./schema/text";
import { asMap, field } from "./schema/value";
import { difference, isHigh, isLow, smallest, wellFormed, type SectionChanges } from "./sections/difference";
import { Editing, type Replacement } from "./sections/edit";
import { differences } from "./sections/lines";
import { append, type Operation } from "./sections/operations";
import type { Random } from "./sections/order";
import { outlineOf } from "./sections/outline";
import { Sections, type Section } from "./sections/sections";
import { mutableMap, write } from "./sections/write";
import { Store } from "./store";
import { knows, versionAt } from "./versions";

/** After this long, what was typed becomes a change, in milliseconds. */
const FLUSH_AFTER_MS = 300;
/** So many operations become a change at once. */
const FLUSH_OPERATIONS = 10;

/** An insertion of more UTF-16 units than this may have made a section too long. */
const LARGE_INSERTION = 4096;

/** A change of the whole text. */
export interface TextEdit {
  readonly before: Sections;
  readonly after: Sections;
  readonly changes: ChangeSet;
  /** The editor that made it, which has it already; null for others. */
  readonly origin: object | null;
  /** For what this person did elsewhere than in an editor: editors can undo it. */
  readonly planned: PlannedEdit | null;
}

/** What an editor worked out for one transaction. */
export interface PlannedEdit {
  readonly before: Sections;
  readonly after: Sections;
  readonly operations: readonly Operation[];
  readonly changes: ChangeSet;
}

export interface TextModelOptions {
  readonly random?: Random;
  /** Calls `run` after so many milliseconds unless cancelled; tests run it by hand. */
  readonly schedule?: (run: () => void, afterMs: number) => () => void;
  /** Called when a change could not be written; what was typed stays waiting. */
  readonly onError?: (error: unknown) => void;
}

const timer = (run: () => void, afterMs: number): (() => void) => {
  const id = setTimeout(run, afterMs);
  return () => {
    clearTimeout(id);
  };
};

export class LiveText implements TextModel {
  readonly title: Store<string>;
  readonly metadata: Store<Readonly<Record<string, string>>>;
  readonly version = new Store(0);
  readonly random: Random;
  /** How often the document said other than what was planned; never, unless there is a fault. */
  corrections = 0;
  private current: Sections;
  private pending: Operation[] = [];
  private pendingCount = 0;
  private writing = false;
  private cancelFlush: (() => void) | null = null;
  private readonly listeners = new Set<(edit: TextEdit) => void>();
  private readonly schedule: NonNullable<TextModelOptions["schedule"]>;
  private readonly onError: (error: unknown) => void;
  private readonly stop: () => void;
  private outlined: { readonly of: Sections; readonly outline: Heading[] } | null = null;

  constructor(
    private readonly live: LiveDocument,
    options: TextModelOptions = {},
  ) {
    const root = rootOf(live);
    this.random = options.random ?? secureRandom;
    this.schedule = options.schedule ?? timer;
    this.onError = options.onError ?? (() => undefined);
    this.current = readSections(root);
    this.title = new Store(readTitle(root));
    this.metadata = new Store(readMetadata(root));
    this.stop = live.listen({
      beforeRemote: () => {
        this.flush();
      },
      changed: (patches, origin) => {
        this.received(patches, origin);
      },
    });
  }

  /** The sections now, with what waits to be written. */
  get state(): Sections {
    return this.current;
  }

  /** How many operations wait to be written. */
  get waiting(): number {
    return this.pendingCount;
  }

  sections(): readonly SectionView[] {
    return viewsOf(this.current);
  }

  markdown(): string {
    return this.current.markdown();
  }

  outline(): readonly Heading[] {
    if (this.outlined?.of !== this.current) {
      this.outlined = { of: this.current, outline: outlineOf(this.current) };
    }
    return this.outlined.outline;
  }

  placeAt(offset: number): { section: SectionId; index: number } | null {
    const place = this.current.placeAt(offset);
    return place && { section: this.current.get(place.section).id, index: place.index };
  }

  offsetOf(section: SectionId, index: number): number | null {
    const found = this.current.indexOf(section);
    if (found < 0) {
      return null;
    }
    const { text } = this.current.get(found);
    return this.current.start(found) + Math.max(0, Math.min(index, text.length));
  }

  /** Tells `listener` of every change of the whole text, until the returned function is called. */
  onEdit(listener: (edit: TextEdit) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /**
   * Takes an edit that an editor planned on the present state; `undoable` when it changes what a
   * person sees. Returns false when the state is
   * another one meanwhile; the editor must then plan anew.
   */
  apply(planned: PlannedEdit, origin: object | null, undoable = true): boolean {
    if (planned.before !== this.current) {
      return false;
    }
    this.current = planned.after;
    for (const operation of planned.operations) {
      append(this.pending, operation);
      this.pendingCount += 1;
    }
    const { before, after, changes } = planned;
    this.emit({ before, after, changes, origin, planned: origin === null && undoable ? planned : null });
    // Never written here and now: an editor may be in the middle of its update.
    if (this.pendingCount >= FLUSH_OPERATIONS) {
      this.flushAfter(0);
    } else if (this.pendingCount > 0 && this.cancelFlush === null) {
      this.flushAfter(FLUSH_AFTER_MS);
    }
    return true;
  }

  replaceRange(range: Range, insert: string): void {
    const text = this.current.markdown();
    const insertion = range.from === range.to;
    const from = wholeCharacter(text, range.from, -1);
    const to = insertion ? from : wholeCharacter(text, range.to, 1);
    this.edit([{ from, to, insert: wellFormed(insert.replace(/\r\n?/g, "\n")) }]);
  }

  replaceAll(markdown: string): void {
    const wanted = wellFormed(markdown.replace(/\r\n?/g, "\n"));
    this.edit(differences(this.current.markdown(), wanted));
    this.flush();
  }

  movePassage(passage: Range, target: number): void {
    const text = this.current.markdown();
    const range = {
      from: wholeCharacter(text, passage.from, -1),
      to: wholeCharacter(text, passage.to, 1),
    };
    const before = wholeCharacter(text, target, -1);
    if (range.from >= range.to || (before >= range.from && before <= range.to)) {
      return;
    }
    // What a split records counts from just before its change, so nothing else may be in it.
    this.flush();
    const editing = new Editing(this.current, this.random);
    const borders = [range.from, range.to, before].sort((one, two) => two - one);
    borders.forEach((offset) => divideAt(editing, offset));
    const first = borderAt(editing.sections, range.from);
    const end = borderAt(editing.sections, range.to);
    editing.move(first, end, borderAt(editing.sections, before));
    this.take(editing);
    this.flush();
  }

  setTitle(title: string): void {
    const words = title.replace(/\r\n?|\n/g, " ");
    this.flush();
    this.write("title", (root) => {
      if (typeof root["title"] !== "string") {
        root["title"] = words;
        return;
      }
      const { from, to, insert } = smallest(root["title"], words);
      if (from < to || insert !== "") {
        A.splice(root, ["title"], from, to - from, insert);
      }
    });
    this.title.set(readTitle(rootOf(this.live)));
  }

  setMetadata(name: string, value: string | null): void {
    this.flush();
    this.write("metadata", (root) => {
      const metadata = mutableMap(root, "metadata");
      if (value === null) {
        delete metadata?.[name];
      } else if (metadata !== null) {
        metadata[name] = new A.ImmutableString(value);
      }
    });
    this.metadata.set(readMetadata(rootOf(this.live)));
  }

  flush(): void {
    this.cancelFlush?.();
    this.cancelFlush = null;
    if (this.pending.length === 0) {
      this.pendingCount = 0;
      return;
    }
    const operations = this.pending;
    try {
      this.write("type", (root) => {
        write(root, operations, this.random);
      });
    } catch (error) {
      this.onError(error);
      return;
    }
    this.pending = [];
    this.pendingCount = 0;
    this.confirm(operations);
    this.cutLong(operations);
  }

  private flushAfter(milliseconds: number): void {
    this.cancelFlush?.();
    this.cancelFlush = this.schedule(() => {
      this.flush();
    }, milliseconds);
  }

  at(heads: Heads): TextAt | null {
    const doc = this.live.doc();
    if (!knows(doc, heads)) {
      return null;
    }
    const { title, metadata, sections } = versionAt(doc, heads);
    return {
      title,
      metadata,
      markdown: sections.markdown(),
      sections: viewsOf(sections),
    };
  }

  /** Writes what waits and listens no more. */
  close(): void {
    this.flush();
    this.stop();
  }

  private edit(edits: readonly Replacement[]): void {
    const editing = new Editing(this.current, this.random);
    for (const edit of [...edits].reverse()) {
      editing.replace(edit);
    }
    this.take(editing);
  }

  private take(editing: Editing, undoable = true): void {
    const before = this.current;
    const after = editing.sections;
    const { operations } = editing;
    // Cutting sections leaves the text as it is; as a difference of sections it would look like a move.
    const changes = undoable ? difference(before, after, new Map()) : ChangeSet.empty(before.length);
    this.apply({ before, after, operations, changes }, null, undoable);
  }

  /** Divides sections that a large insertion made far too long, in a change of its own. */
  private cutLong(operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (operation.kind === "splice" && operation.insert.length > LARGE_INSERTION) {
        const editing = new Editing(this.current, this.random);
        editing.cutLong(this.current.indexOf(operation.section));
        if (editing.operations.length > 0) {
          // Where sections begin is nothing that a person did.
          this.take(editing, false);
          this.flush();
        }
      }
    }
  }

  private write(message: string, change: (root: MutableRoot) => void): void {
    this.writing = true;
    try {
      this.live.change(message, change);
    } finally {
      this.writing = false;
    }
  }

  /** Compares what was written with what the document says now; the document is right. */
  private confirm(operations: readonly Operation[]): void {
    const ids = new Set(operations.map((it) => (it.kind === "split" ? it.to : it.section)));
    const sections = asMap(field(rootOf(this.live), "sections")) ?? {};
    const differing = [...ids].filter((id) => {
      const mine = this.current.all[this.current.indexOf(id)];
      const theirs = readSection(id, field(sections, id));
      return mine?.text !== theirs?.text || mine?.order !== theirs?.order;
    });
    if (differing.length > 0) {
      this.corrections += 1;
      this.reread(new Map(differing.map((id) => [id, null])));
    }
  }

  private received(patches: readonly Patch[], origin: "local" | "remote"): void {
    if (origin === "local" && this.writing) {
      return;
    }
    const touched = this.touched(patches);
    const root = rootOf(this.live);
    if (patches.some((it) => it.path[0] === "title")) {
      this.title.set(readTitle(root));
    }
    if (patches.some((it) => it.path[0] === "metadata")) {
      this.metadata.set(readMetadata(root));
    }
    if (touched === "all") {
      this.replaceState(readSections(root), new Map());
    } else if (touched.size > 0) {
      this.reread(touched);
    } else if (patches.some((it) => it.path[0] === "splits")) {
      this.version.set(this.version.get() + 1);
    }
  }

  /** The sections that patches touch, with the changes of their texts where patches tell them. */
  private touched(patches: readonly Patch[]): "all" | Map<SectionId, ChangeSet | null> {
    const touched = new Map<SectionId, ChangeSet | null>();
    for (const patch of patches) {
      if (patch.path[0] !== "sections") {
        continue;
      }
      const key = patch.path[1];
      if (typeof key !== "string") {
        return "all";
      }
      const id = sectionId(key);
      const index = patch.path[3];
      const known = touched.get(id);
      const text = this.current.all[this.current.indexOf(id)]?.text;
      if (patch.path[2] !== "text" || typeof index !== "number" || known === null || text === undefined) {
        if (patch.path.length > 1 && patch.action !== "mark" && patch.action !== "unmark") {
          touched.set(id, null);
        }
        continue;
      }
      const before = known ?? ChangeSet.empty(text.length);
      touched.set(id, composed(before, patch, index));
    }
    return touched;
  }

  private reread(touched: ReadonlyMap<SectionId, ChangeSet | null>): void {
    const map = asMap(field(rootOf(this.live), "sections")) ?? {};
    const all: Section[] = [...this.current.all];
    const known = new Map<SectionId, ChangeSet>();
    let resort = false;
    for (const [id, changes] of touched) {
      const index = this.current.indexOf(id);
      const section = readSection(id, field(map, id));
      const old = index < 0 ? undefined : this.current.get(index);
      if (section === null || old === undefined) {
        // Somebody made or (against the rules) deleted a section.
        return this.replaceState(readSections(rootOf(this.live)), known);
      }
      if (changes !== null && changes.newLength === section.text.length) {
        known.set(id, changes);
      }
      resort ||= section.order !== old.order;
      all[index] = section;
    }
    this.replaceState(resort ? Sections.sorted(all) : Sections.inOrder(all), known);
  }

  private replaceState(after: Sections, known: SectionChanges): void {
    const before = this.current;
    // Unchanged sections keep their identity, so that caches by section hold.
    const old = new Map(before.all.map((section) => [section.id, section]));
    const all = after.all.map((section) => {
      const same = old.get(section.id);
      return same !== undefined && sameSection(same, section) ? same : section;
    });
    const state = Sections.inOrder(all);
    const changes = exact(before, state, difference(before, state, known));
    this.current = state;
    this.emit({ before, after: state, changes, origin: null, planned: null });
  }

  private emit(edit: TextEdit): void {
    for (const listener of [...this.listeners]) {
      listener(edit);
    }
    this.version.set(this.version.get() + 1);
  }
}

/** An offset within the text that splits no surrogate pair, moved by `step` where it would. */
function wholeCharacter(text: string, offset: number, step: 1 | -1): number {
  const within = Math.max(0, Math.min(offset, text.length));
  const splits = within > 0 && isHigh(text.charCodeAt(within - 1)) && isLow(text.charCodeAt(within));
  return splits ? within + step : within;
}

/** Falls back to the smallest difference when patches told less than the whole truth. */
function exact(before: Sections, after: Sections, changes: ChangeSet): ChangeSet {
  return changes.newLength === after.length ? changes : difference(before, after, new Map());
}

function composed(before: ChangeSet, patch: Patch, index: number): ChangeSet | null {
  const length = before.newLength;
  if (patch.action === "splice" && index <= length) {
    return before.compose(ChangeSet.of({ from: index, insert: patch.value }, length));
  }
  if (patch.action === "del" && index + (patch.length ?? 1) <= length) {
    return before.compose(ChangeSet.of({ from: index, to: index + (patch.length ?? 1) }, length));
  }
  return patch.action === "mark" || patch.action === "unmark" ? before : null;
}

const sameSection = (one: Section, two: Section): boolean =>
  one.text === two.text && one.order === two.order && one.editable === two.editable;

function viewsOf(sections: Sections): SectionView[] {
  return sections.all.map(({ id, text, editable }, index) => ({
    id,
    from: sections.start(index),
    to: sections.end(index),
    text,
    editable,
  }));
}

/** Makes a border of sections at an offset, unless there is one. */
function divideAt(editing: Editing, offset: number): void {
  const index = editing.sections.at(offset);
  if (index < 0) {
    return;
  }
  const within = offset - editing.sections.start(index);
  const section = editing.sections.get(index);
  if (section.editable && within > 0 && within < section.text.length) {
    editing.divide(index, within);
  }
}

/** The index of the section that begins at an offset: the first that has text there. */
function borderAt(sections: Sections, offset: number): number {
  const index = sections.at(offset);
  if (index < 0) {
    return sections.all.length;
  }
  return offset > sections.start(index) ? index + 1 : index;
}
