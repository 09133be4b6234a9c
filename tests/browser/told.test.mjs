// What open pages are told at once, without a list that is opened anew: corrected entries, and for
// facilitators that work is held back or decided on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { dialNow, listenTo, makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe group agreed.\n";

/** Asks the relay as a facilitator who has no page open. */
async function ask(draft, method, path, body) {
  const headers = {
    Authorization: `Bearer ${new URL(draft.links.facilitator).hash.slice(1)}`,
    "Plenary-Participant": "the-chair-of-this-test",
    "Content-Type": "application/json",
  };
  const answer = await fetch(`${house.relay.address}/api/v1/drafts/${draft.id}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

test("a corrected name stands at once on pages that are open, also in a menu and at a comment", async () => {
  const draft = await makeDraft(house.site, "Corrected", SOURCE);
  const [amina, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await amina.join(draft.links.reviewer, "Amina Diallo");
  await bo.join(draft.links.editor, "Bo Lee");
  await amina.page.getByRole("button", { name: /2 people are here/ }).click();
  await amina.page.getByRole("menuitem", { name: /Bo Lee/ }).waitFor();
  const { people } = await ask(draft, "GET", "/people");
  const { participant } = people.find((person) => person.name === "Bo Lee");
  await ask(draft, "PATCH", `/people/${participant}`, {
    name: "Bo Li",
    affiliation: "Small Networks",
  });
  // Nobody comes, goes or opens anything.
  await amina.page.getByRole("menuitem", { name: /Bo Li.*Small Networks/ }).waitFor();
  assert.equal(await amina.page.getByRole("menuitem", { name: /Bo Lee/ }).count(), 0);
  await bo.choose("People");
  const own = bo.page.getByRole("dialog", { name: "People" });
  await until(async () => (await own.getByLabel("Your name").inputValue()) === "Bo Li", "one's own form has it");
  await ask(draft, "PATCH", `/people/${participant}`, {
    affiliation: "Large Networks",
  });
  await until(
    async () => (await own.getByLabel("Organisation (optional)").inputValue()) === "Large Networks",
    "the open form has it",
  );
  assert.deepEqual([...amina.complaints, ...bo.complaints], []);
  await Promise.all([amina.close(), bo.close()]);
});

test("facilitators hear once that work is held back, and see when it was decided elsewhere", async () => {
  const draft = await makeDraft(house.site, "Held back meanwhile", SOURCE);
  const [chair, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await chair.join(draft.links.facilitator, "Amina Diallo");
  await bo.join(draft.links.editor, "Bo Li");
  await Promise.all([chair.status("saved"), bo.status("saved")]);
  const heard = await listenTo(chair.page);

  // Bo writes while the site cannot be reached, and may only comment when it can.
  await bo.context.setOffline(true);
  await bo.page.evaluate(() => globalThis.dispatchEvent(new Event("offline")));
  house.site.cut();
  await Promise.all([chair.status("reconnecting"), bo.status("reconnecting")]);
  await bo.typeAfter("agreed", " in vain");
  await bo.page
    .getByText(/changes? waiting/)
    .first()
    .waitFor();
  const { people } = await ask(draft, "GET", "/people");
  await ask(draft, "PATCH", `/people/${people.find((person) => person.name === "Bo Li").participant}`, {
    role: "reviewer",
  });
  house.site.restore();
  await dialNow(chair.page);
  await chair.status("saved");
  await bo.context.setOffline(false);
  await dialNow(bo.page);
  await bo.status("refused");
  const count = chair.page.locator("#menu-waiting");
  await until(async () => /1 waiting/.test(await count.innerText().catch(() => "")), "the number stands at the menu");
  const words = "1 piece of work is held back and waits for a decision.";
  await until(async () => (await heard()).some((said) => said.includes(words)), "it is said");

  // Decided by somebody else: the open list and the number follow, and nothing is said of it.
  await chair.page.getByRole("button", { name: "Menu", exact: true }).click();
  await chair.page.getByRole("menuitem", { name: /^Held back/ }).click();
  const dialog = chair.page.getByRole("dialog", { name: "Held back" });
  await dialog.getByRole("button", { name: "Decline", exact: true }).waitFor();
  const { entries } = await ask(draft, "GET", "/quarantine");
  await ask(draft, "POST", `/quarantine/${entries[0].id}/decline`, {
    reason: "Settled in May",
  });
  await dialog.getByText("Reason: Settled in May").waitFor();
  await until(async () => (await count.count()) === 0, "nothing waits any more");
  assert.equal((await heard()).filter((said) => said.includes(words)).length, 1);
  assert.deepEqual([...chair.complaints, ...bo.complaints], []);
  await Promise.all([chair.close(), bo.close()]);
});
