/** Reading the record. */
import type {
  AttachmentView,
  GroupView,
  MilestoneView,
  RecommendationView,
  RecordView,
  StageView,
  StatusView,
} from "../draft";
import { documentId, entryId, participantId, type DocumentId } from "../ids";
import { compareBytes } from "../sections/order";
import {
  anchorAt,
  asMap,
  booleanAt,
  entriesAt,
  field,
  headsAt,
  numberAt,
  participantAt,
  stringAt,
  stringsByKey,
  type Node,
} from "./value";

/** The newest version of the format that this program knows. */
export const KNOWN_VERSION = 1;

/** The ids of the other two documents, as far as the record says them. */
export function readDocuments(root: Node): {
  text: DocumentId | null;
  discussion: DocumentId | null;
} {
  const id = (key: string): DocumentId | null => {
    const url = /^automerge:([1-9A-HJ-NP-Za-km-z]{1,64})$/.exec(stringAt(root, key));
    return url?.[1] === undefined ? null : documentId(url[1]);
  };
  return { text: id("text"), discussion: id("discussion") };
}

export function readRecord(root: Node): RecordView {
  return {
    version: numberAt(root, "plenary") ?? 0,
    created: numberAt(root, "created") ?? 0,
    stage: stringAt(root, "stage"),
    stages: entriesAt(root, "stages")
      .map(([, node]) => stage(node))
      .sort(byTime),
    milestones: entriesAt(root, "milestones")
      .map(([key, node]) => milestone(key, node))
      .sort(byTime),
    groups: groups(root),
    actors: Object.fromEntries(
      Object.entries(stringsByKey(root, "actors")).map(([actor, who]) => [actor, participantId(who)]),
    ),
    dispositions: statuses(root, "dispositions", "outcome"),
    suggestionStatuses: statuses(root, "suggestionStatuses", "state"),
    recommendations: recommendations(root),
    attachments: Object.fromEntries(
      entriesAt(root, "attachments").map(([key, node]): [string, AttachmentView] => [
        key,
        {
          name: stringAt(node, "name"),
          mediaType: stringAt(node, "mediaType"),
          bytes: numberAt(node, "bytes") ?? 0,
        },
      ]),
    ),
  };
}

const byTime = (one: { at: number }, two: { at: number }): number => one.at - two.at;

const stage = (node: Node): StageView => ({
  stage: stringAt(node, "stage"),
  at: numberAt(node, "at") ?? 0,
  by: participantAt(node, "by"),
  opens: numberAt(node, "opens"),
  closes: numberAt(node, "closes"),
});

function milestone(key: string, node: Node): MilestoneView {
  const heads = asMap(field(node, "heads")) ?? {};
  return {
    id: entryId(key),
    name: stringAt(node, "name"),
    at: numberAt(node, "at") ?? 0,
    by: participantAt(node, "by"),
    stage: stringAt(node, "stage"),
    heads: {
      record: headsAt(heads, "record"),
      text: headsAt(heads, "text"),
      discussion: headsAt(heads, "discussion"),
    },
  };
}

function groups(root: Node): GroupView[] {
  return entriesAt(root, "groups")
    .map(([key, node]) => ({ key, order: stringAt(node, "order"), name: stringAt(node, "name") }))
    .sort((one, two) => compareBytes(one.order, two.order) || compareBytes(one.key, two.key))
    .map(({ key, name }) => ({ id: entryId(key), name }));
}

function statuses(root: Node, map: string, word: string): Record<string, StatusView> {
  return Object.fromEntries(
    entriesAt(root, map).map(([key, node]): [string, StatusView] => [
      key,
      {
        word: stringAt(node, word),
        reason: stringAt(node, "reason"),
        at: numberAt(node, "at") ?? 0,
        by: participantAt(node, "by"),
      },
    ]),
  );
}

function recommendations(root: Node): RecommendationView[] {
  // Entries come sorted by key, so that at equal times the greater key counts.
  const designations = entriesAt(root, "designations").map(([, node]) => ({
    recommendation: stringAt(node, "recommendation"),
    level: stringAt(node, "level"),
    reason: stringAt(node, "reason"),
    at: numberAt(node, "at") ?? 0,
  }));
  return entriesAt(root, "recommendations").map(([key, node]) => {
    const counting = designations
      .filter((it) => it.recommendation === key)
      .reduce<(typeof designations)[number] | null>(
        (best, it) => (best === null || it.at >= best.at ? it : best),
        null,
      );
    return {
      id: entryId(key),
      label: stringAt(node, "label"),
      anchor: anchorAt(node, "anchor"),
      place: null,
      at: numberAt(node, "at") ?? 0,
      withdrawn: booleanAt(node, "withdrawn"),
      level: counting?.level ?? null,
      reason: counting?.reason ?? "",
    };
  });
}
