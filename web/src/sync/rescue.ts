/** Changes that the relay did not take: kept on this device until the person discards them. */
import * as A from "@automerge/automerge";
import { changeHash, type ChangeHash, type DocumentId, type Heads } from "../document/ids";
import { randomKey } from "../document/keys";
import { rootOf, type LiveDocument } from "../document/live";
import { readComments, readSuggestions } from "../document/schema/discussion";
import { readSections, readTitle } from "../document/schema/text";
import { asMap, type Node } from "../document/schema/value";
import { differences } from "../document/sections/lines";
import { knows, sectionsAt } from "../document/versions";
import { beginningWith, RESCUES, type Database } from "./database";
import { lockManager } from "./device";
import type { Handing, Rescue } from "./session";

/** As it stands in the device's storage. */
export interface StoredRescue {
  readonly id: string;
  readonly at: number;
  readonly message: string;
  readonly markdown: string;
  /** The raw changes, one after another as Automerge writes them. */
  readonly changes: readonly Uint8Array[];
  /** How many of them, the first ones, are of the text. */
  readonly texts?: number;
  /** Whether facilitators are to have it, or have it. */
  readonly handing?: Handing;
}

/** What of one document was not taken. */
export interface Refused {
  readonly live: LiveDocument;
  /** What the relay has. */
  readonly stored: Heads;
  readonly hashes: readonly ChangeHash[];
}

/** What became of it: for the person, as it is stored, and whether this device has it. */
export interface Kept {
  readonly rescue: Rescue;
  readonly stored: StoredRescue;
  readonly kept: boolean;
}

/** Where rescues are kept; in memory alone where the browser stores nothing. */
export class Rescues {
  constructor(
    private readonly database: Database | null,
    private readonly draft: DocumentId,
  ) {}

  async load(): Promise<Rescue[]> {
    return (await this.stored()).map((it) => this.view(it)).sort((one, two) => one.at - two.at);
  }

  /** All that are kept, as they are stored. */
  async stored(): Promise<StoredRescue[]> {
    const found = await this.database?.range(RESCUES, beginningWith([this.draft]));
    return (found ?? []).flatMap(({ value }) => (isStored(value) ? [value] : []));
  }

  /** Notes with some of them whether facilitators have them. */
  async note(ids: readonly string[], handing: Handing): Promise<void> {
    const meant = (await this.stored()).filter((it) => ids.includes(it.id));
    if (meant.length > 0) {
      await this.database?.write(RESCUES, (objects) => {
        for (const it of meant) {
          objects.put({ ...it, handing }, [this.draft, it.id]);
        }
      });
    }
  }

  /** The hashes of all changes that are kept. */
  async hashes(): Promise<Set<ChangeHash>> {
    const changes = (await this.stored()).flatMap((it) => it.changes);
    return new Set(changes.map((change) => changeHash(A.decodeChange(change).hash)));
  }

  /**
   * Keeps what was refused. The rescue can be downloaded also when the device could not keep it. What
   * another tab has rescued already, which loaded the same changes, is not kept twice.
   */
  keep(text: Refused, discussion: Refused, message: string, at: number, handing: Handing = "none"): Promise<Kept> {
    const locks = lockManager();
    const run = (): Promise<Kept> => this.keepAlone(text, discussion, message, at, handing);
    return locks === null ? run() : locks.request(`plenary:rescue:${this.draft}`, run);
  }

  private async keepAlone(
    text: Refused,
    discussion: Refused,
    message: string,
    at: number,
    handing: Handing,
  ): Promise<Kept> {
    const texts = rawChanges(text);
    const stored: StoredRescue = {
      id: randomKey(),
      at,
      message,
      markdown: markdownOf(text, discussion),
      changes: [...texts, ...rawChanges(discussion)],
      texts: texts.length,
      handing,
    };
    const rescue = this.view(stored);
    try {
      const before = await this.hashes();
      const hashes = [...text.hashes, ...discussion.hashes];
      if (hashes.length === 0 || !hashes.every((hash) => before.has(hash))) {
        await this.database?.write(RESCUES, (objects) => {
          objects.put(stored, [this.draft, stored.id]);
        });
      }
      return { rescue, stored, kept: this.database !== null };
    } catch {
      return { rescue, stored, kept: false };
    }
  }

  private view(stored: StoredRescue): Rescue {
    const { id, at, message, markdown, changes } = stored;
    return {
      id,
      at,
      message,
      markdown,
      changes: changes.length,
      handing: stored.handing ?? "none",
      download: (kind) =>
        kind === "markdown"
          ? new Blob([markdown], { type: "text/markdown;charset=utf-8" })
          : new Blob(
              changes.map((it) => it.slice()),
              { type: "application/octet-stream" },
            ),
      discard: async () => {
        await this.database?.write(RESCUES, (objects) => {
          objects.delete([this.draft, id]);
        });
      },
    };
  }
}

function isStored(value: unknown): value is StoredRescue {
  const it = value as Partial<StoredRescue> | null | undefined;
  return (
    typeof it?.id === "string" &&
    typeof it.at === "number" &&
    typeof it.markdown === "string" &&
    typeof it.message === "string" &&
    Array.isArray(it.changes)
  );
}

export function rawChanges({ live, hashes }: Refused): Uint8Array[] {
  const backend = A.getBackend(live.doc());
  return hashes.flatMap((hash) => backend.getChangeByHash(hash)?.slice() ?? []);
}

/** What was not taken, for a person: the passages that are new, and the comments. */
export function markdownOf(text: Refused, discussion: Refused): string {
  const mine = rootOf(text.live);
  const before = sectionsAt(text.live.doc(), knownOf(text)).markdown();
  const after = readSections(mine).markdown();
  const changed = differences(before, after).map(({ from, to, insert }) => {
    const around = lineAround(before, from);
    const removed = before.slice(from, to);
    const parts = [
      around === "" ? "" : `Near “${around}”:`,
      removed === "" ? "" : `removed: ${removed.trim()}`,
      insert === "" ? "" : insert.trim(),
    ];
    return parts.filter((part) => part !== "").join("\n\n");
  });
  const parts = [`# ${readTitle(mine)}: what is not in the draft`, ...changed, ...said(discussion)];
  return `${parts.join("\n\n")}\n\n---\n\nThe whole text with these changes:\n\n${after}`;
}

function said(discussion: Refused): string[] {
  const mine = rootOf(discussion.live);
  const theirs = at(discussion);
  const comments = readComments(theirs);
  const suggestions = new Set(readSuggestions(theirs).map((it) => it.id));
  const quoted = (quote: string | undefined): string =>
    quote === undefined || quote === "" ? "" : `On “${quote}”:\n\n`;
  return [
    ...[...readComments(mine).values()]
      .filter((it) => comments.get(it.id)?.body !== it.body)
      .map((it) => `${quoted(it.anchor?.quote)}${it.body}`),
    ...readSuggestions(mine)
      .filter((it) => !suggestions.has(it.id))
      .map((it) => `${quoted(it.anchor?.quote)}${it.replacement}\n\n${it.reason}`),
  ];
}

const knownOf = ({ live, stored }: Refused): Heads => stored.filter((it) => knows(live.doc(), [it]));

function at(refused: Refused): Node {
  const heads = knownOf(refused);
  return heads.length === 0 ? {} : (asMap(A.view(refused.live.doc(), [...heads])) ?? {});
}

/** The beginning of the line at an offset, so that a person finds the place. */
function lineAround(text: string, offset: number): string {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", start);
  const line = text.slice(start, end < 0 ? text.length : end).trim();
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
