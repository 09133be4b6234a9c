/** The text's past: changes, differences with their authors, and bringing things back. */
import * as A from "@automerge/automerge";
import { ChangeSet } from "@codemirror/state";
import type { Anchors } from "./anchors";
import type {
  AuthorshipView,
  ChangeView,
  History,
  PassageView,
  Range,
  RecordView,
} from "./draft";
import {
  actorId,
  changeHash,
  type ActorId,
  type ChangeHash,
  type Heads,
  type ParticipantId,
  type SectionId,
} from "./ids";
import type { LiveDocument } from "./live";
import { readSections } from "./schema/text";
import { asMap } from "./schema/value";
import { smallest } from "./sections/difference";
import type { Sections } from "./sections/sections";
import type { Readable } from "./store";
import type { LiveText } from "./text-model";

/** A run of characters that one actor wrote at one stroke. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly actor: ActorId;
  /** The operation that wrote its first character. */
  readonly counter: number;
}

export class LiveHistory implements History {
  constructor(
    private readonly live: LiveDocument,
    private readonly text: LiveText,
    private readonly anchors: Anchors,
    private readonly record: Readable<RecordView>,
  ) {}

  heads(): Heads {
    this.text.flush();
    return A.getHeads(this.live.doc()).map(changeHash);
  }

  changes(): readonly ChangeView[] {
    this.text.flush();
    const frontier = new Set<ChangeHash>();
    return A.getChangesMetaSince(this.live.doc(), []).map((meta) => {
      for (const dependency of meta.deps) {
        frontier.delete(changeHash(dependency));
      }
      const hash = changeHash(meta.hash);
      frontier.add(hash);
      const actor = actorId(meta.actor);
      return {
        hash,
        actor,
        participant: this.participantOf(actor),
        time: meta.time * 1000,
        message: meta.message ?? "",
        heads: [...frontier],
      };
    });
  }

  diff(before: Heads, after: Heads): readonly PassageView[] | null {
    this.text.flush();
    const doc = this.live.doc();
    if (!A.hasHeads(doc, [...before]) || !A.hasHeads(doc, [...after])) {
      return null;
    }
    const old = sectionsAt(doc, before);
    const now = sectionsAt(doc, after);
    let removers: ReadonlyMap<string, ActorId> | null = null;
    const passages: PassageView[] = [];
    now.all.forEach((section, index) => {
      const earlier = old.all[old.indexOf(section.id)]?.text ?? "";
      if (earlier === section.text) {
        return;
      }
      const start = now.start(index);
      const changes = this.changesOf(section.id, earlier, section.text, before, after);
      changes.iterChanges((fromA, toA, fromB, toB) => {
        if (toA > fromA) {
          removers ??= this.removers(before, after);
          const runs = this.runs(section.id, { from: fromA, to: toA }, before);
          const removed = this.removed(runs, earlier, removers);
          passages.push(
            ...removed.map(({ text, actor }) =>
              this.passage("removed", section.id, start + fromB, text, actor),
            ),
          );
        }
        for (const run of joined(this.runs(section.id, { from: fromB, to: toB }, after))) {
          const text = section.text.slice(run.from, run.to);
          passages.push(this.passage("added", section.id, start + run.from, text, run.actor));
        }
      });
    });
    return passages;
  }

  authors(range: Range): readonly AuthorshipView[] {
    this.text.flush();
    const sections = this.text.state;
    const heads = A.getHeads(this.live.doc()).map(changeHash);
    const authors: AuthorshipView[] = [];
    sections.all.forEach(({ id }, index) => {
      const start = sections.start(index);
      const from = Math.max(range.from, start);
      const to = Math.min(range.to, sections.end(index));
      if (from < to) {
        const runs = joined(this.runs(id, { from: from - start, to: to - start }, heads));
        for (const run of runs) {
          authors.push({
            from: start + run.from,
            to: start + run.to,
            actor: run.actor,
            participant: this.participantOf(run.actor),
          });
        }
      }
    });
    return authors;
  }

  restore(heads: Heads): boolean {
    const then = this.text.at(heads);
    if (then === null) {
      return false;
    }
    this.text.replaceAll(then.markdown);
    return true;
  }

  restorePassage(range: Range, text: string): void {
    const old = this.text.markdown().slice(range.from, range.to);
    const { from, to, insert } = smallest(old, text);
    this.text.replaceRange({ from: range.from + from, to: range.from + to }, insert);
    this.text.flush();
  }

  /** How one section's text changed, as Automerge knows it: character by character. */
  private changesOf(
    section: SectionId,
    old: string,
    now: string,
    before: Heads,
    after: Heads,
  ): ChangeSet {
    let changes = ChangeSet.empty(old.length);
    try {
      const path = ["sections", section, "text"];
      for (const patch of A.diffPath(this.live.doc(), path, [...before], [...after])) {
        const index = patch.path[3];
        if (typeof index !== "number") {
          continue;
        }
        const length = changes.newLength;
        if (patch.action === "splice") {
          changes = changes.compose(ChangeSet.of({ from: index, insert: patch.value }, length));
        } else if (patch.action === "del") {
          const to = index + (patch.length ?? 1);
          changes = changes.compose(ChangeSet.of({ from: index, to }, length));
        }
      }
    } catch {
      changes = ChangeSet.empty(old.length);
    }
    return changes.newLength === now.length && !(changes.empty && old !== now)
      ? changes
      : ChangeSet.of(smallest(old, now), old.length);
  }

  /**
   * Who wrote a range. A run is found by its two ends: operations that one stroke wrote are numbered
   * one after another, so that few characters have to be asked for.
   */
  private runs(section: SectionId, range: Range, heads: Heads): Run[] {
    const object = this.anchors.cursors.textObject(section);
    if (object === null || range.from >= range.to) {
      return [];
    }
    const operation = (index: number): { counter: number; actor: string } | null => {
      const cursor = this.anchors.cursors.makeIn(object, index, heads);
      const [counter, actor] = cursor?.split("@") ?? [];
      return actor === undefined ? null : { counter: Number(counter), actor };
    };
    const runs: Run[] = [];
    const find = (from: number, to: number): void => {
      const first = operation(from);
      const last = operation(to - 1);
      if (first === null || last === null) {
        return;
      }
      const middle = from + Math.floor((to - from) / 2);
      const follows = (it: { counter: number; actor: string } | null, index: number): boolean =>
        it?.actor === first.actor && it.counter - first.counter === index - from;
      // The middle is asked, too: something of others may stand where something was deleted.
      if (to - from <= 1 || (follows(last, to - 1) && follows(operation(middle), middle))) {
        runs.push({ from, to, actor: actorId(first.actor), counter: first.counter });
      } else {
        find(from, middle);
        find(middle, to);
      }
    };
    find(range.from, range.to);
    return runs;
  }

  private removed(
    runs: readonly Run[],
    text: string,
    removers: ReadonlyMap<string, ActorId>,
  ): { text: string; actor: ActorId | null }[] {
    const found: { text: string; actor: ActorId | null }[] = [];
    for (const run of runs) {
      let { counter } = run;
      for (const character of text.slice(run.from, run.to)) {
        const actor = removers.get(`${counter}@${run.actor}`) ?? null;
        const last = found.at(-1);
        if (last !== undefined && last.actor === actor) {
          last.text += character;
        } else {
          found.push({ text: character, actor });
        }
        counter += 1;
      }
    }
    return found;
  }

  /** Which actor deleted which operation, in the changes between two versions. */
  private removers(before: Heads, after: Heads): ReadonlyMap<string, ActorId> {
    const doc = this.live.doc();
    const backend = A.getBackend(doc);
    const removers = new Map<string, ActorId>();
    const known = new Set<string>(ancestors(doc, after).map((it) => it.hash));
    for (const { hash, actor } of A.getChangesMetaSince(doc, [...before])) {
      const change = known.has(hash) ? backend.getDecodedChangeByHash(hash) : null;
      for (const operation of change?.ops ?? []) {
        if (operation.action === "del") {
          for (const removed of operation.pred) {
            if (!removers.has(removed)) {
              removers.set(removed, actorId(actor));
            }
          }
        }
      }
    }
    return removers;
  }

  private passage(
    kind: PassageView["kind"],
    section: SectionId,
    offset: number,
    text: string,
    actor: ActorId | null,
  ): PassageView {
    const participant = actor === null ? null : this.participantOf(actor);
    return { kind, section, offset, text, actor, participant };
  }

  private participantOf(actor: ActorId): ParticipantId | null {
    return this.record.get().actors[actor] ?? null;
  }
}

/** The changes that belong to some heads. */
function ancestors(doc: A.Doc<unknown>, heads: Heads): readonly { hash: string }[] {
  const all = A.getChangesMetaSince(doc, []);
  const wanted = new Set<string>(heads);
  const found: { hash: string }[] = [];
  for (const meta of [...all].reverse()) {
    if (wanted.has(meta.hash)) {
      found.push(meta);
      for (const dependency of meta.deps) {
        wanted.add(dependency);
      }
    }
  }
  return found;
}

function sectionsAt(doc: A.Doc<unknown>, heads: Heads): Sections {
  return readSections(asMap(A.view(doc, [...heads])) ?? {});
}

/** Neighbouring runs of one actor are one. */
function joined(runs: readonly Run[]): Run[] {
  const all: Run[] = [];
  for (const run of runs) {
    const last = all.at(-1);
    if (last !== undefined && last.actor === run.actor && last.to === run.from) {
      all[all.length - 1] = { ...last, to: run.to };
    } else {
      all.push(run);
    }
  }
  return all;
}
