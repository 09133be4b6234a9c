// The relay's words (roles, stages, groups) as people read them. A word that is not known is shown as
// it is: a newer relay may have more of them.

import { DEFAULT_GROUPS } from "../basis/marks";
import type { Group, Role } from "../api/types";
import { en } from "./en";
import { t } from "./words.svelte";

/** "Edit", "Review": what a link is for. */
export function roleName(role: string): string {
  switch (role) {
    case "viewer":
    case "reviewer":
    case "editor":
    case "facilitator":
      return t(`role.${role}`);
    default:
      return role;
  }
}

/** What a role allows, in one sentence, for whoever hands a link out. */
export function roleAllows(role: Role): string {
  return t(`role.${role}.allows`);
}

export function stageName(stage: string): string {
  switch (stage) {
    case "drafting":
    case "review":
    case "settling":
    case "final":
      return t(`stage.${stage}`);
    default:
      return stage;
  }
}

/** "Drafting: you may edit": what the reader may do now. */
export function roleMay(role: Role, stage: string): string {
  if (stage === "final") return t("may.final");
  return t(`may.${role}`);
}

/**
 * The name of a stakeholder group. The groups that every draft begins with are translated: the relay
 * gives them in English. A name that facilitators chose stays as it is.
 */
export function groupName(group: Group): string {
  const known = DEFAULT_GROUPS.find(
    (key) =>
      group.name === en[`group.${key}`] || (key === group.key && (group.name === group.key || group.name === "")),
  );
  return known ? t(`group.${known}`) : group.name;
}

/** The groups to choose from when the relay names none. */
export function defaultGroups(): Group[] {
  return DEFAULT_GROUPS.map((key) => ({ key, name: key }));
}
