/** The text's past: changes, differences with their authors, and bringing things back. */
import * as A from "@automerge/automerge";
import { ChangeSet } from "@codemirror/state";
import type { Anchors } from "./anchors";
import type { AuthorshipView, ChangeView, History, PassageView, Range, RecordView } from "./draft";
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
import { smallest } from "./sections/difference";
import type { Readable } from "./store";
import { operationId, runsOf, type Run } from "./runs";
import type { LiveText } from "./text-model";
import { knows, sectionsAt } from "./versions";

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
    if (!knows(doc, before) || !knows(doc, after)) {
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
            ...removed.map(({ text, actor }) => this.passage("removed", section.id, start + fromB, text, actor)),
          );
        }
        for (const run of joined(this.runs(section.id, { from: fromB, to: toB }, after))) {
          const text = section.text.slice(run.from, run.to);
          passages.push(this.passage("added", section.id, start + run.from, text, actorId(run.actor)));
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
        for (const run of this.runs(id, { from: from - start, to: to - start }, heads)) {
          authors.push(this.authorship(run, start));
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

  private authorship(run: Run, start: number): AuthorshipView {
    const { actor, counter, from, to } = run;
    const ends = [counter, counter + to - from - 1];
    const changes = new Set(ends.flatMap((end) => this.anchors.cursors.changeOf({ actor, counter: end }) ?? []));
    const participant = this.participantOf(actorId(actor));
    return { from: start + from, to: start + to, actor: actorId(actor), participant, changes: [...changes] };
  }

  /** How one section's text changed, as Automerge knows it: character by character. */
  private changesOf(section: SectionId, old: string, now: string, before: Heads, after: Heads): ChangeSet {
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
    const cursors = this.anchors.cursors;
    return runsOf(range.from, range.to, (index) => operationId(cursors.makeIn(object, index, heads)));
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
