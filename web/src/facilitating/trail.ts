// What was done about a draft, in sentences of the interface's language.

import type { TrailEntry } from "../api/held";
import { roleName, stageName } from "../words/names";
import { isolated } from "../words/format";
import { language, t } from "../words/words.svelte";

/** What an entry of the trail tells; a kind that this page does not know is shown as the relay's word. */
export function doneIn(entry: TrailEntry, nameOf: (participant: string) => string): string {
  const { detail, kind } = entry;
  const word = (name: string): string => String(detail[name] ?? "");
  const role = (name: string): string => roleName(word(name));
  switch (kind) {
    case "draft-made":
    case "entry-written":
    case "entry-erased":
    case "link-changed":
    case "personal-link-made":
    case "entry-hidden":
    case "entry-shown":
    case "quarantine-admitted":
    case "quarantine-declined":
    case "handed-in":
    case "draft-deleted":
    case "draft-undeleted":
    case "bundle-exported":
      return t(`trail.${kind}`);
    case "joined":
    case "wrote-first":
    case "link-made":
    case "link-revoked":
      return t(`trail.${kind}`, { role: role("role") });
    case "role-capped":
      return word("to") === ""
        ? t("trail.role-free", { name: nameOf(word("participant")) })
        : t("trail.role-capped", { name: nameOf(word("participant")), role: role("to") });
    case "entry-corrected":
    case "person-added":
    case "entered-for":
      return t(`trail.${kind}`, { name: nameOf(word("participant")) });
    case "merged":
      return t("trail.merged", { name: nameOf(word("into")) });
    case "stage-set":
      return t("trail.stage-set", { stage: stageName(word("to")) });
    case "groups-set":
      return t("trail.groups-set", { groups: word("groups") });
    case "brought-back":
      return t("trail.brought-back", { changes: word("changes") });
    case "milestone-cut":
      return t("trail.milestone-cut", { name: word("name") });
    default:
      return isolated(kind, language().tag);
  }
}

/** What people wrote about it: a link's label, or why it was done; empty when nothing. */
export function saidIn({ detail }: TrailEntry): string {
  return String(detail["reason"] ?? detail["label"] ?? "");
}

/** Everybody whom an entry names. */
export function namedIn({ by, detail, kind }: TrailEntry): (string | null)[] {
  const inDetail = kind === "merged" ? [detail["into"]] : [detail["participant"]];
  return [by, ...inDetail.map((id) => (typeof id === "string" ? id : null))];
}
