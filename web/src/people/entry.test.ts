import { expect, test } from "vitest";

import { fieldsOf, readPerson, type Person } from "../api/types";
import { correctionOf, entryOf, fieldsFrom } from "./entry";

const bo = (more: object = {}): Person => {
  const person = readPerson({
    participant: "bo",
    name: "Bo Lee",
    affiliation: "Small Networks",
    group: "civil-society",
    credit: "organisation",
    ...more,
  });
  if (!person) throw new Error("not a person");
  return person;
};

test("what is empty is not said, and spaces around words are not kept", () => {
  expect(fieldsFrom({ ...entryOf(), name: "  Bo Li ", behalf: " " })).toEqual({
    name: "Bo Li",
    credit: "by-name",
    withheld: false,
  });
  const said = {
    name: "Bo",
    affiliation: "A",
    group: "g",
    credit: "anonymous",
    capacity: "on-behalf-of",
    on_behalf_of: "The council",
    withheld: true,
  } as const;
  expect(fieldsFrom(entryOf(said))).toEqual(said);
});

test("a correction holds what changed, and null for what was taken away", () => {
  const person = bo({ capacity: "on-behalf-of", on_behalf_of: "The council" });
  const entry = entryOf(fieldsOf(person));
  expect(correctionOf(person, entry)).toEqual({});
  expect(correctionOf(person, { ...entry, name: "Bo Li", affiliation: " ", behalf: null })).toEqual({
    name: "Bo Li",
    affiliation: null,
    capacity: "personal",
    on_behalf_of: null,
  });
  expect(correctionOf(bo(), { ...entryOf(fieldsOf(bo())), behalf: "The council" })).toEqual({
    capacity: "on-behalf-of",
    on_behalf_of: "The council",
  });
});

test("how somebody is credited is theirs to say, unless a facilitator added them", () => {
  const entry = (person: Person) => ({ ...entryOf(fieldsOf(person)), credit: "by-name" as const });
  expect(correctionOf(bo(), entry(bo()))).toEqual({});
  const added = bo({ added_by: "amina" });
  expect(correctionOf(added, entry(added))).toEqual({ credit: "by-name" });
});
