/** Reading the discussion. */
import { getObjectId } from "@automerge/automerge";
import type { Anchor } from "../draft";
import { actorId, entryId, participantId, type ActorId, type EntryId, type ParticipantId } from "../ids";
import {
  anchorAt,
  booleanAt,
  entriesAt,
  numberAt,
  optionalStringAt,
  participantAt,
  stringAt,
  textAt,
  type Node,
} from "./value";

/** What every entry has. */
export interface Entry {
  readonly id: EntryId;
  readonly participant: ParticipantId;
  /** Who says it, when its author entered it for them. */
  readonly behalf: ParticipantId | null;
  /** The actor that made the entry, from its object id. */
  readonly actor: ActorId;
  readonly created: number;
  readonly edited: number | null;
  readonly withdrawn: boolean;
}

export interface Comment extends Entry {
  readonly anchor: Anchor | null;
  readonly body: string;
  readonly replyTo: EntryId | null;
  readonly resolves: boolean;
}

export interface Suggestion extends Entry {
  readonly anchor: Anchor | null;
  readonly replacement: string;
  readonly reason: string;
}

export interface Position extends Entry {
  readonly recommendation: EntryId;
  readonly group: EntryId | null;
  readonly stand: string;
  readonly reason: string;
}

const optionalEntry = (node: Node, key: string): EntryId | null => {
  const text = optionalStringAt(node, key);
  return text === null ? null : entryId(text);
};

function entry(key: string, node: Node): Entry {
  const object: unknown = getObjectId(node);
  return {
    id: entryId(key),
    participant: participantAt(node, "participant") ?? participantId(""),
    behalf: participantAt(node, "behalf"),
    actor: actorId(typeof object === "string" ? (object.split("@")[1] ?? "") : ""),
    created: numberAt(node, "created") ?? 0,
    edited: numberAt(node, "edited"),
    withdrawn: booleanAt(node, "withdrawn"),
  };
}

export function readComments(root: Node): Map<EntryId, Comment> {
  return new Map(
    entriesAt(root, "comments").map(([key, node]): [EntryId, Comment] => [
      entryId(key),
      {
        ...entry(key, node),
        anchor: anchorAt(node, "anchor"),
        body: textAt(node, "body").text,
        replyTo: optionalEntry(node, "replyTo"),
        resolves: booleanAt(node, "resolves"),
      },
    ]),
  );
}

export function readSuggestions(root: Node): Suggestion[] {
  return entriesAt(root, "suggestions").map(([key, node]) => ({
    ...entry(key, node),
    anchor: anchorAt(node, "anchor"),
    replacement: textAt(node, "replacement").text,
    reason: textAt(node, "reason").text,
  }));
}

export function readPositions(root: Node): Position[] {
  return entriesAt(root, "positions").map(([key, node]) => ({
    ...entry(key, node),
    recommendation: entryId(stringAt(node, "recommendation")),
    group: optionalEntry(node, "group"),
    stand: stringAt(node, "stand"),
    reason: textAt(node, "reason").text,
  }));
}

/**
 * The comment that began the thread to which `id` belongs: `id` itself when it replies to nothing, to
 * what is not there, or in a circle.
 */
export function threadOf(comments: ReadonlyMap<EntryId, Comment>, id: EntryId): EntryId {
  const seen = new Set([id]);
  let root = id;
  for (;;) {
    const parent = comments.get(root)?.replyTo ?? null;
    if (parent === null) {
      return root;
    }
    if (!comments.has(parent)) {
      return root;
    }
    if (seen.has(parent)) {
      // A circle has no beginning, so each of its comments stands alone.
      return id;
    }
    seen.add(parent);
    root = parent;
  }
}
