// Who takes part in a draft: names by participant, as far as each allowed. Documents and presence hold
// only ids; this is where they become people again.

import type { DraftApi } from "../api/relay";
import { fieldsOf, type Group, type Person, type PersonFields } from "../api/types";
import { markOf, type Mark } from "../basis/marks";
import { defaultGroups, groupName } from "../words/names";
import { t } from "../words/words.svelte";

/** Somebody as the interface shows them. */
export interface Shown {
  readonly name: string;
  /** Whether the name is their own, and no sign that stands in for one. */
  readonly isNamed: boolean;
  readonly affiliation: string;
  /** The group's name, or empty. */
  readonly group: string;
  readonly mark: Mark;
  readonly isMe: boolean;
  /** Whether nobody is told who they are; then what their entries say of when is not true. */
  readonly isWithheld: boolean;
}

/** How long the list is not asked for again, in milliseconds, when somebody unknown turns up; doubled with each try. */
const PATIENCE_MS = 750;
/** How long it is not asked for again, in milliseconds, when the relay says that it changed: a meeting joins in one minute. */
const CROWD_MS = 2_000;
/** The relay may have no entry for somebody: it is not asked about them for ever. */
const MOST_TRIES = 6;

export class People {
  /** Whether the relay has a list of people; without it everybody is shown by a short sign. */
  available = $state(true);
  groups = $state.raw<readonly Group[]>(defaultGroups());
  me = $state.raw<PersonFields>({});
  myId = $state<string | null>(null);
  private list = $state.raw<readonly Person[]>([]);
  /** By all ids that a person has. */
  private readonly people = $derived<ReadonlyMap<string, Person>>(
    new Map(
      this.list.flatMap((person) => [person.participant, ...(person.also ?? [])].map((id) => [id, person] as const)),
    ),
  );
  private readonly tried = new Map<string, number>();
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private soon: ReturnType<typeof setTimeout> | undefined;
  private isStopped = false;

  constructor(private readonly api: DraftApi) {}

  all(): Person[] {
    return [...this.list];
  }

  /** Those for whom a facilitator may enter what they sent: those who were added for that first, then by name. */
  others(): readonly { readonly id: string; readonly name: string }[] {
    const me = this.find(this.myId);
    return this.list
      .filter(
        (person) => person !== me && !person.former && (person.isAdded || (!person.guest && person.name !== null)),
      )
      .map((person) => ({ id: person.participant, name: this.show(person.participant).name, isAdded: person.isAdded }))
      .sort((one, two) => Number(two.isAdded) - Number(one.isAdded) || one.name.localeCompare(two.name));
  }

  /** The person of an id, or of any of their further ids. */
  find(id: string | null): Person | undefined {
    return id === null ? undefined : this.people.get(id);
  }

  async load(): Promise<void> {
    this.asked = Date.now();
    const answer = await this.api.people();
    if (answer.ok) {
      this.available = true;
      this.list = answer.body.people;
      if (answer.body.groups.length > 0) this.groups = answer.body.groups;
      // A facilitator may have corrected one's own entry: saving it must not bring back what was wrong.
      const mine = this.find(this.myId);
      if (mine && !mine.guest && !mine.former) this.me = fieldsOf(mine);
    } else if (answer.status === 404 || answer.status === 405) {
      this.available = false;
    }
  }

  /**
   * Notes that participants are there; asks for their names when one is unknown. Whoever has just
   * opened a link is a guest until they have filled in the form, so guests are asked about again.
   */
  meet(ids: readonly (string | null)[]): void {
    if (this.timer !== undefined || !this.available || this.isStopped) return;
    const strangers = ids.filter(
      (id): id is string =>
        id !== null &&
        id !== this.myId &&
        (this.people.get(id)?.guest ?? true) &&
        (this.tried.get(id) ?? 0) < MOST_TRIES,
    );
    if (strangers.length === 0) return;
    const tries = Math.min(...strangers.map((id) => this.tried.get(id) ?? 0));
    for (const id of strangers) this.tried.set(id, (this.tried.get(id) ?? 0) + 1);
    const wait = Math.max(0, this.asked + PATIENCE_MS * 2 ** tries - Date.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.load().then(() => {
        this.meet(strangers);
      });
    }, wait);
  }

  /** Asks anew because the relay said that something changed: at once, but not again and again in a crowd. */
  loadSoon(): void {
    if (this.isStopped) return;
    this.soon ??= setTimeout(
      () => {
        this.soon = undefined;
        void this.load();
      },
      Math.max(0, this.asked + CROWD_MS - Date.now()),
    );
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.soon);
  }

  /** `sign` tells people apart whom the relay does not name, such as the id of their page. */
  show(id: string | null, sign = ""): Shown {
    const person = id === null ? undefined : this.people.get(id);
    const isMe =
      id !== null && (id === this.myId || (person !== undefined && person === this.people.get(this.myId ?? "")));
    const fields =
      isMe && !person
        ? this.me
        : {
            name: person?.name ?? undefined,
            affiliation: person?.affiliation ?? undefined,
            group: person?.group ?? undefined,
          };
    const key = fields.group ?? null;
    const group = this.groups.find((known) => known.key === key);
    return {
      name: fields.name ?? unnamed(id ?? sign, person, isMe),
      isNamed: fields.name !== undefined,
      affiliation: fields.affiliation ?? "",
      group: group ? groupName(group) : "",
      mark: markOf(this.groups, key),
      isMe,
      isWithheld: (isMe ? this.me.withheld : undefined) ?? person?.withheld ?? false,
    };
  }
}

/** What somebody is called who said no name, or may not be named. */
function unnamed(id: string, person: Person | undefined, isMe: boolean): string {
  if (isMe) return t("people.you");
  if (person?.former) return t("people.former");
  if (person?.withheld) return t("people.withheld");
  return id === "" ? t("people.someone") : t("people.guest", { sign: id.slice(-3).toUpperCase() });
}
