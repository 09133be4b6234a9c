import { describe, expect, test, vi } from "vitest";
import * as A from "@automerge/automerge";
import { Anchors } from "./anchors";
import { NotAllowed } from "./draft";
import { participantId, type ParticipantId } from "./ids";
import { LiveDiscussion } from "./live-discussion";
import { LiveHistory } from "./live-history";
import { LoneDocument, type MutableRoot } from "./live";
import { readRecord } from "./schema/record";
import { Store } from "./store";
import { LiveText } from "./text-model";
import { copyOf, textDocument } from "../testing/drafts";

const SOURCE = "# One\n\nThe quick fox\n\n# Two\n\nlazy dog\n";
const idle = { schedule: () => () => undefined };

let clock = 1_700_000_000_000;

interface Person {
  text: LiveText;
  textDocument: LoneDocument;
  discussion: LiveDiscussion;
  discussionDocument: LoneDocument;
  history: LiveHistory;
}

function person(
  who: ParticipantId,
  base: A.Doc<MutableRoot>,
  talk: A.Doc<MutableRoot>,
  allowed = true,
  saysWhen = true,
): Person {
  const live = copyOf(base);
  const text = new LiveText(live, idle);
  const anchors = new Anchors(live);
  const actor = A.getActorId(live.doc() as A.Doc<MutableRoot>);
  const record = new Store({ ...readRecord({}), actors: { [actor]: who } });
  const discussionDocument = copyOf(talk);
  const discussion = new LiveDiscussion(discussionDocument, {
    text,
    anchors,
    record,
    me: () => who,
    allowed: () => allowed,
    saysWhen: () => saysWhen,
    now: () => (clock += 1000),
  });
  const history = new LiveHistory(live, text, anchors, record);
  return { text, textDocument: live, discussion, discussionDocument, history };
}

const changes = (from: LoneDocument, to: LoneDocument): Uint8Array[] =>
  A.getChanges(to.doc() as A.Doc<MutableRoot>, from.doc() as A.Doc<MutableRoot>);

function both(): [Person, Person] {
  const base = textDocument(SOURCE);
  const talk = A.from<MutableRoot>({ comments: {}, suggestions: {}, positions: {} });
  return [person(participantId("ann"), base, talk), person(participantId("bob"), base, talk)];
}

describe("a discussion", () => {
  test("of comment, reply, edit, withdrawal and settling reaches others at its passage", () => {
    const [ann, bob] = both();
    const at = SOURCE.indexOf("quick");
    const id = ann.discussion.comment({ from: at, to: at + 5 }, "How quick?");
    ann.discussion.edit(id, "How very quick?");
    bob.discussionDocument.receive(changes(ann.discussionDocument, bob.discussionDocument));
    bob.text.replaceRange({ from: 0, to: 0 }, "Before ");
    bob.text.flush();
    bob.discussion.reply(id, "Very.", true);
    const [thread] = bob.discussion.threads.get();
    expect(thread?.comment.body).toBe("How very quick?");
    expect(thread?.comment.own).toBe(false);
    expect(thread?.place).toMatchObject({ kind: "attached", range: { from: at + 7, to: at + 12 } });
    expect(thread?.resolved).toBe(true);
    expect(() => {
      bob.discussion.edit(id, "not mine");
    }).toThrow(NotAllowed);
    ann.discussionDocument.receive(changes(bob.discussionDocument, ann.discussionDocument));
    ann.discussion.reply(id, "Not settled for me.");
    expect(ann.discussion.threads.get()[0]?.resolved).toBe(false);
    ann.discussion.withdraw(id);
    expect(ann.discussion.threads.get()[0]?.comment.withdrawn).toBe(true);
  });

  test("names for whom something was entered, and its author may still correct the words", () => {
    const [ann, bob] = both();
    const cleo = participantId("cleo");
    const mailed = ann.discussion.comment(null, "By mail", cleo);
    const answer = ann.discussion.reply(mailed, "By mail, too", false, cleo);
    ann.discussion.edit(mailed, "By mail, corrected");
    bob.discussionDocument.receive(changes(ann.discussionDocument, bob.discussionDocument));
    for (const [who, own] of [
      [ann, true],
      [bob, false],
    ] as const) {
      const [thread] = who.discussion.threads.get();
      expect(thread?.comment).toMatchObject({
        id: mailed,
        participant: "ann",
        behalf: "cleo",
        own,
        body: "By mail, corrected",
      });
      expect(thread?.replies).toMatchObject([{ id: answer, participant: "ann", behalf: "cleo" }]);
    }
    expect(ann.discussion.suggest({ from: 7, to: 10 }, "That", "", cleo)).toBe(ann.discussion.suggestions.get()[0]?.id);
    expect(ann.discussion.suggestions.get()[0]?.behalf).toBe("cleo");
  });

  test("stands in reading order, and places move with what is typed", () => {
    vi.useFakeTimers();
    const [ann] = both();
    const dog = ann.discussion.comment({ from: SOURCE.indexOf("dog"), to: SOURCE.indexOf("dog") + 3 }, "2");
    const fox = ann.discussion.comment({ from: SOURCE.indexOf("fox"), to: SOURCE.indexOf("fox") + 3 }, "1");
    const whole = ann.discussion.comment(null, "3");
    expect(ann.discussion.threads.get().map((it) => it.id)).toEqual([fox, dog, whole]);
    ann.text.replaceRange({ from: 0, to: 0 }, "xx");
    vi.advanceTimersByTime(60);
    vi.useRealTimers();
    expect(ann.discussion.threads.get()[0]?.place).toMatchObject({
      range: { from: SOURCE.indexOf("fox") + 2 },
    });
  });

  test("is closed to those who may only read", () => {
    const base = textDocument(SOURCE);
    const talk = A.from<MutableRoot>({ comments: {}, suggestions: {}, positions: {} });
    const reader = person(participantId("eve"), base, talk, false);
    expect(() => reader.discussion.comment(null, "no")).toThrow(NotAllowed);
  });
});

describe("history", () => {
  test("says what was added and removed by whom, and restores", () => {
    const [ann, bob] = both();
    const before = ann.history.heads();
    const at = SOURCE.indexOf("quick");
    ann.text.replaceRange({ from: at, to: at + 5 }, "slow");
    bob.text.replaceRange({ from: SOURCE.length, to: SOURCE.length }, "sleeps\n");
    bob.text.flush();
    ann.text.flush();
    ann.textDocument.receive(changes(bob.textDocument, ann.textDocument));
    const after = ann.history.heads();
    const actor = (it: Person): string => A.getActorId(it.textDocument.doc() as A.Doc<MutableRoot>);
    expect(
      ann.history.diff(before, after)?.map(({ kind, text, actor: who, offset }) => [kind, text, who, offset]),
    ).toEqual([
      ["removed", "quick", actor(ann), at],
      ["added", "slow", actor(ann), at],
      ["added", "sleeps\n", actor(bob), SOURCE.length - 1],
    ]);
    expect(ann.history.diff(before, after)?.[0]?.participant).toBe("ann");
    const text = ann.text.markdown();
    expect(ann.history.authors({ from: at - 4, to: at + 4 }).map((it) => text.slice(it.from, it.to))).toEqual([
      "The ",
      "slow",
    ]);
    const [first, slow] = ann.history.authors({ from: at - 4, to: at + 4 });
    expect(first?.changes).toEqual([ann.history.changes()[0]?.hash]);
    const wrote = ann.history.changes().find((it) => it.hash === slow?.changes[0]);
    expect([wrote?.actor, slow?.participant]).toEqual([actor(ann), "ann"]);
    expect(ann.history.changes().at(-1)?.heads.length).toBeGreaterThan(0);
    expect(ann.history.restore(before)).toBe(true);
    expect(ann.text.markdown()).toBe(SOURCE);
    expect(ann.text.at(after)?.markdown).toBe(text);
  });
});

describe("somebody whom nobody may be told of", () => {
  test("says no time of their own, and stands behind what was there", () => {
    const base = textDocument(SOURCE);
    const talk = A.from<MutableRoot>({ comments: {}, suggestions: {}, positions: {} });
    const ann = person(participantId("ann"), base, talk);
    const id = ann.discussion.comment({ from: 7, to: 10 }, "First");
    const before = ann.discussion.threads.get()[0]?.comment.created ?? 0;
    const dora = person(participantId("dora"), base, ann.discussionDocument.doc() as A.Doc<MutableRoot>, true, false);
    const earlier = clock;
    dora.discussion.reply(id, "Later");
    const [reply] = dora.discussion.threads.get()[0]?.replies ?? [];
    expect(reply?.created).toBe(before);
    expect(clock).toBe(earlier);
    const alone = person(participantId("dora"), base, talk, true, false);
    alone.discussion.comment({ from: 7, to: 10 }, "Alone");
    expect(alone.discussion.threads.get()[0]?.comment.created).toBe(0);
  });
});
