import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { IDBFactory } from "fake-indexeddb";
import { documentId, participantId, type ParticipantId } from "../document/ids";
import { nodeSocket, Relay, relayProgram, secretOf, until, type MadeDraft } from "../testing/relay";
import { Database, META, StorageError } from "./database";
import { discard, generationOf } from "./draft-storage";
import { openDraft } from "./open";
import { CannotOpen, type DraftSession, type Role, type SaveStatus } from "./session";

const program = relayProgram();
if (program === null) {
  console.log("PLENARY_BIN names no program: the tests with the real relay are left out");
}

const SOURCE = "# One\n\nFirst text\n\n# Two\n\nlast\n";
let relay: Relay;
let sessions: DraftSession[] = [];

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  if (program !== null) {
    relay = await Relay.start(program);
  }
});

afterEach(async () => {
  await Promise.all(sessions.map((it) => it.close()));
  sessions = [];
  if (program !== null) {
    await relay.stop();
  }
});

interface As {
  readonly role?: Role;
  readonly person?: string;
  readonly server?: string;
}

async function open(draft: MadeDraft, as: As = {}): Promise<DraftSession> {
  const role = as.role ?? "editor";
  const person = as.person ?? "ann";
  const participantSecret = `${person}-secret-0123456789`;
  const secret = secretOf(draft.links[role]);
  const session = await openDraft(
    {
      documentId: documentId(draft.document_id),
      secret,
      participantSecret,
      participant: await whoOneIs(draft, secret, participantSecret),
      instance: `${person}-${Math.random()}`,
      role,
      server: as.server ?? relay.url,
    },
    { socket: nodeSocket },
  );
  sessions.push(session);
  return session;
}

const known = new Map<string, ParticipantId>();

/** Who one is in the draft's documents, as the relay says it; when it is away, as it said it before. */
async function whoOneIs(draft: MadeDraft, secret: string, participantSecret: string): Promise<ParticipantId | null> {
  const name = `${draft.document_id} ${participantSecret}`;
  const headers = { authorization: `Bearer ${secret}`, "plenary-participant": participantSecret };
  const address = `${relay.url}/api/v1/drafts/${draft.document_id}`;
  const answer = await fetch(address, { headers }).catch(() => null);
  if (answer?.ok === true) {
    const { participant } = (await answer.json()) as { participant?: string };
    if (participant !== undefined) {
      known.set(name, participantId(participant));
    }
  }
  return known.get(name) ?? null;
}

const kind = (session: DraftSession): SaveStatus["kind"] => session.status.get().kind;
const saved = (session: DraftSession): Promise<void> =>
  until(`it is saved, now ${JSON.stringify(session.status.get())}`, () => kind(session) === "saved");
const type = (session: DraftSession, at: number, text: string): void => {
  session.text.replaceRange({ from: at, to: at }, text);
};

describe.runIf(program !== null)("a draft on the real relay", () => {
  test("opens, is edited by two, and is saved when it says so", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const ann = await open(draft);
    const bob = await open(draft, { person: "bob" });
    expect(ann.text.markdown()).toBe(SOURCE);
    expect(ann.text.title.get()).toBe("Trial");
    await saved(ann);
    type(ann, 0, "Ann's. ");
    expect(kind(ann)).not.toBe("opening");
    type(bob, bob.text.markdown().length, "Bob's.\n");
    const both = `Ann's. ${SOURCE}Bob's.\n`;
    await until("both see both", () => ann.text.markdown() === both && bob.text.markdown() === both);
    await saved(ann);
    await saved(bob);
    expect(await relay.markdown(draft)).toBe(both);
  });

  test("says what waits while the relay is away, and loses nothing that it called saved", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const ann = await open(draft);
    await saved(ann);
    type(ann, 0, "kept ");
    await until("it is no longer saved", () => kind(ann) !== "saved");
    await saved(ann);
    await relay.kill();
    expect(kind(ann)).not.toBe("opening");
    await until("it is away", () => kind(ann) === "reconnecting");
    type(ann, 0, "offline ");
    await until("a change waits", () => {
      const status = ann.status.get();
      return status.kind === "reconnecting" && status.waiting > 0 && status.nextTryAt !== null;
    });
    await relay.restart();
    ann.reconnect();
    await saved(ann);
    expect(await relay.markdown(draft)).toBe(`offline kept ${SOURCE}`);
  });

  test("opens from this device while the relay is away", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const first = await open(draft);
    await saved(first);
    await relay.kill();
    type(first, 0, "unsent ");
    await until("it is kept here", () => kind(first) === "reconnecting");
    await first.close();
    const second = await open(draft);
    expect(second.text.markdown()).toBe(`unsent ${SOURCE}`);
    await until("it is away", () => kind(second) === "reconnecting");
    await relay.restart();
    second.reconnect();
    await saved(second);
    expect(await relay.markdown(draft)).toBe(`unsent ${SOURCE}`);
  });

  test("is refused with a reason when it is neither here nor there", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    await relay.kill();
    await expect(open(draft)).rejects.toMatchObject({ reason: "offline" });
    await relay.restart();
    const nobody = { ...draft, links: { ...draft.links, editor: `${relay.url}/d/x#nothing` } };
    await expect(open(nobody)).rejects.toBeInstanceOf(CannotOpen);
    await expect(open(draft, { role: "viewer" })).rejects.toBeInstanceOf(CannotOpen);
  });

  test("takes comments and shows who is where", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const ann = await open(draft);
    const bob = await open(draft, { person: "bob", role: "reviewer" });
    const at = SOURCE.indexOf("text");
    await until("bob knows the draft", () => bob.text.markdown() === SOURCE);
    bob.discussion.comment({ from: at, to: at + 4 }, "Which?");
    await until("ann reads it", () => ann.discussion.threads.get().length === 1);
    expect(ann.discussion.threads.get()[0]?.place).toMatchObject({ range: { from: at, to: at + 4 } });
    ann.presence.setSelection({ anchor: at, head: at + 4 });
    await until("bob sees ann's selection", () => bob.presence.peers.get().some((it) => it.selection?.head === at + 4));
    type(ann, 0, "xx");
    await until("it stays on its text", () => bob.presence.peers.get().some((it) => it.selection?.head === at + 6));
  });

  test("rescues what the relay does not take, and begins afresh", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const ann = await open(draft, { role: "reviewer" });
    expect(ann.editable.get()).toBe(false);
    type(ann, 0, "not allowed ");
    await until("it is refused", () => kind(ann) === "refused");
    const status = ann.status.get();
    expect(status.kind === "refused" && status.rescue.markdown).toContain("not allowed");
    expect(status.kind === "refused" && status.rescue.changes).toBeGreaterThan(0);
    await ann.close();
    const again = await open(draft, { role: "reviewer" });
    expect(again.text.markdown()).toBe(SOURCE);
    await until("the rescue is listed", () => again.rescues.get().length === 1);
    await until("nothing else is left", () => kind(again) === "read-only");
    await again.rescues.get()[0]?.discard();
    expect(again.rescues.get()).toEqual([]);
    expect(await relay.markdown(draft)).toBe(SOURCE);
  });

  test("rescues what the relay does not take also when storage discards nothing at once", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const ann = await open(draft, { role: "reviewer" });
    const written = Database.prototype.write;
    let refusals = 0;
    const writing = vi.spyOn(Database.prototype, "write").mockImplementation(function (this: Database, store, run) {
      if (store === META && refusals === 0) {
        refusals += 1;
        return Promise.reject(new StorageError("full", "no room"));
      }
      return written.call(this, store, run);
    });
    try {
      type(ann, 0, "not allowed ");
      await until("it is refused", () => kind(ann) === "refused");
      const stored = async (): Promise<number> => generationOf(await Database.open(), documentId(draft.document_id));
      expect(refusals).toBe(1);
      expect(await stored()).toBe(0);
      await vi.waitFor(async () => expect(await stored()).toBe(1), { timeout: 10_000 });
    } finally {
      writing.mockRestore();
    }
    await ann.close();
    const again = await open(draft, { role: "reviewer" });
    expect(again.text.markdown()).toBe(SOURCE);
    await until("the rescue is listed", () => again.rescues.get().length === 1);
  });

  test("is open in two tabs of one browser, and either keeps what both wrote", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const one = await open(draft);
    const two = await open(draft);
    type(one, 0, "one ");
    type(two, two.text.markdown().length, "two\n");
    const both = `one ${SOURCE}two\n`;
    await until("both see both", () => one.text.markdown() === both && two.text.markdown() === both);
    await saved(one);
    await saved(two);
    await relay.kill();
    await one.close();
    await two.close();
    const again = await open(draft);
    expect(again.text.markdown()).toBe(both);
  });

  test("says that this device keeps nothing, and still reaches the relay", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    Object.assign(globalThis, { indexedDB: undefined });
    const ann = await open(draft);
    await saved(ann);
    await relay.kill();
    await until("it is away", () => kind(ann) === "reconnecting");
    type(ann, 0, "only here ");
    await until("it says so", () => {
      const status = ann.status.get();
      return status.kind === "unsaved" && status.reason === "refused" && status.waiting > 0;
    });
    await relay.restart();
    ann.reconnect();
    await saved(ann);
    expect(await relay.markdown(draft)).toBe(`only here ${SOURCE}`);
  });

  test("rescues what a tab left in storage that another one discarded", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const ann = await open(draft);
    await saved(ann);
    await relay.kill();
    await until("it is away", () => kind(ann) === "reconnecting");
    type(ann, 0, "left behind ");
    await until("it is on this device", () => {
      const status = ann.status.get();
      return status.kind === "reconnecting" && status.waiting > 0;
    });
    await ann.close();
    const database = await Database.open();
    await discard(database, documentId(draft.document_id), 0);
    database.close();
    await relay.restart();
    const again = await open(draft);
    await saved(again);
    await until("it is rescued", () => again.rescues.get().length === 1);
    expect(again.text.markdown()).toBe(SOURCE);
    expect(again.rescues.get()[0]?.markdown).toContain("left behind");
  });

  test("three who write offline and come back have one text, and nobody's words are lost", async () => {
    const draft = await relay.draft("Trial", SOURCE);
    const people = await Promise.all(["ann", "bob", "eve"].map((person) => open(draft, { person })));
    await Promise.all(people.map(saved));
    await relay.kill();
    for (const [index, person] of people.entries()) {
      type(person, SOURCE.indexOf("text"), `word${index} `);
      person.text.replaceRange({ from: 0, to: 5 }, `# ${index}`);
    }
    await relay.restart();
    for (const person of people) {
      person.reconnect();
    }
    await Promise.all(people.map(saved));
    const text = await relay.markdown(draft);
    await until("all have one text", () => people.every((it) => it.text.markdown() === text));
    expect([0, 1, 2].every((index) => text.includes(`word${index} `))).toBe(true);
  });
});
