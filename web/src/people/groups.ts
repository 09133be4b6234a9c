// The stakeholder groups as a facilitator rearranges them, before they are sent.

import type { Group } from "../api/types";
import { groupName } from "../words/names";

/** A group in the form. */
export interface GroupRow {
  /** Tells rows apart as long as the form is open. */
  readonly id: number;
  /** The group as the relay has it; null for a new one. */
  readonly was: Group | null;
  /** Its name as it is shown and edited: that of a group which every draft begins with is translated. */
  name: string;
}

/** What the relay is asked for. */
export interface WantedGroup {
  readonly key?: string;
  readonly name: string;
}

let made = 0;

export function rowOf(group: Group | null): GroupRow {
  made += 1;
  return { id: made, was: group, name: group ? groupName(group) : "" };
}

/** The rows with one moved by `by` places, within the list. */
export function moved(rows: readonly GroupRow[], index: number, by: -1 | 1): GroupRow[] {
  const next = [...rows];
  const [row] = next.splice(index, 1);
  if (row) next.splice(Math.max(0, index + by), 0, row);
  return next;
}

/**
 * What to send; null when a name is missing or stands twice. A name that nobody touched goes back as the relay
 * gave it, so that it goes on being translated.
 */
export function wantedGroups(rows: readonly GroupRow[]): WantedGroup[] | null {
  const wanted = rows.map(({ was, name }): WantedGroup => {
    const typed = name.trim();
    if (was === null) return { name: typed };
    return { key: was.key, name: typed === groupName(was) ? was.name : typed };
  });
  const names = new Set(wanted.map((group) => group.name));
  return wanted.length === 0 || names.has("") || names.size < wanted.length ? null : wanted;
}

/** Whether the rows are the groups as they are. */
export function areSame(rows: readonly GroupRow[], groups: readonly Group[]): boolean {
  return (
    rows.length === groups.length &&
    rows.every((row, index) => {
      const group = groups[index];
      return group !== undefined && row.was?.key === group.key && row.name.trim() === groupName(group);
    })
  );
}
