// Several people who write a draft in one browser, one after the other: each stays who they are.

import { DraftApi } from "../api/relay";
import type { Answer } from "../api/ask";
import type { Overview, PersonFields } from "../api/types";
import { isRecord } from "../api/untrusted";
import { recallJson, remember } from "../basis/memory";
import { chooseSecret, forgetChosen, isSecret, joinedAs, newSecret, participantSecret, readFields } from "./identity";

const PERSONS = "plenary.persons.";

/** Somebody who has written a draft in this browser. */
export interface Writer {
  readonly secret: string;
  /** What they said of themselves; null when they have not joined. */
  readonly joined: PersonFields | null;
}

function readWriters(value: unknown): Writer[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((one: unknown) => {
    if (!isRecord(one) || !isSecret(one["secret"])) return [];
    return [{ secret: one["secret"], joined: readFields(one["joined"]) }];
  });
}

const kept = (draft: string): Writer[] => recallJson(PERSONS + draft, readWriters) ?? [];

/** Those who wrote a draft in this browser before, without whoever does now. */
export function othersHere(draft: string): Writer[] {
  const now = participantSecret(draft);
  return kept(draft).filter((person) => person.secret !== now);
}

/**
 * Lets somebody else write a draft here from the next load of the page on: one of the others, or null for somebody
 * new. The relay is asked first whether it lets them in by this browser's link; "unkept" when this browser remembers
 * nothing.
 */
export async function switchTo(draft: string, other: Writer | null): Promise<Answer<Overview> | "unkept"> {
  const next = other ?? { secret: newSecret(), joined: null };
  const answer = await new DraftApi(draft, next.secret).overview();
  if (!answer.ok) return answer;
  const now: Writer = { secret: participantSecret(draft), joined: joinedAs(draft) };
  const others = kept(draft).filter((person) => person.secret !== now.secret && person.secret !== next.secret);
  const isKept =
    remember(PERSONS + draft, JSON.stringify([...others, now])) && chooseSecret(draft, next.secret, next.joined);
  return isKept ? answer : "unkept";
}

/** Forgets all who wrote a draft here. */
export function forgetPersons(draft: string): void {
  remember(PERSONS + draft, null);
  forgetChosen(draft);
}
