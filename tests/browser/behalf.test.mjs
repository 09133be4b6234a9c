// What came by mail: a facilitator enters it in the name of who sent it, and everybody sees both.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody } from "./lib/people.mjs";

const SOURCE = "# Scope\n\nThe group agreed.\n";
const house = openHouse();

/** Adds somebody as a facilitator; what they sent is entered in their name. */
async function add(draft, fields) {
  const headers = {
    Authorization: `Bearer ${new URL(draft.links.facilitator).hash.slice(1)}`,
    "Plenary-Participant": "the-chair-of-this-test",
    "Content-Type": "application/json",
  };
  const answer = await fetch(`${house.site.address}/api/v1/drafts/${draft.id}/people`, {
    method: "POST",
    headers,
    body: JSON.stringify(fields),
  });
  assert.equal(answer.status, 201, await answer.text());
}

for (const view of [VIEWS[0], VIEWS[3]]) {
  test(`${view.name}: a comment and a reply are entered for somebody, and shown as theirs with who entered them`, async () => {
    const draft = await makeDraft(house.site, "By mail", SOURCE);
    await add(draft, { name: "Cleo Katz", affiliation: "Ministry" });
    const [chair, bo] = await Promise.all([somebody(house.browser, { view }), somebody(house.browser)]);
    await bo.join(draft.links.reviewer, "Bo Li");
    await chair.join(draft.links.facilitator, "Amina Diallo");
    await chair.status("saved");
    const { page } = chair;
    await chair.cursorAfter("agreed");
    await page.keyboard.press("Control+Alt+m");
    const field = page.getByPlaceholder("Your comment");
    await field.fill("The ministry does not agree.");
    const choice = page.getByLabel("Entered for");
    await choice.selectOption({ label: "Cleo Katz" });
    await chair.look("behalf-composer");
    await page.getByRole("button", { name: "Add comment" }).click();

    // Hers by name, and who entered it beneath.
    const thread = (one) => one.page.locator(".thread", { hasText: "The ministry does not agree." });
    for (const one of [chair, bo]) {
      await thread(one).first().waitFor();
      await thread(one).locator("strong", { hasText: "Cleo Katz" }).waitFor();
      await thread(one).getByText("entered by Amina Diallo").waitFor();
    }
    await chair.look("behalf-shown");

    // Who is no facilitator is not asked for whom they write.
    await thread(bo).first().click();
    await thread(bo).getByRole("button", { name: "Reply", exact: true }).click();
    await bo.page.locator(".composer textarea").fill("With what?");
    assert.equal(await bo.page.getByLabel("Entered for").count(), 0);
    await bo.page.locator(".composer button[type=submit]").click();
    await thread(chair).getByText("With what?").waitFor();

    await thread(chair).getByRole("button", { name: "Reply", exact: true }).click();
    await page.locator(".thread .composer textarea").fill("With the first sentence.");
    await thread(chair).getByLabel("Entered for").selectOption({ label: "Cleo Katz" });
    await page.locator(".thread .composer button[type=submit]").click();
    await thread(bo).getByText("With the first sentence.").waitFor();
    assert.equal(await thread(bo).getByText("entered by Amina Diallo").count(), 2);
    assert.equal(await thread(bo).locator("strong", { hasText: "Amina Diallo" }).count(), 0);

    if (view === VIEWS[3]) await page.keyboard.press("Escape");
    await chair.status("saved");
    await chair.choose("What was done");
    const trail = page.getByRole("dialog", { name: "What was done" });
    await trail.getByText("Comment entered for Cleo Katz").first().waitFor();
    assert.equal(await trail.getByText("Comment entered for Cleo Katz").count(), 2);
    assert.deepEqual([...chair.complaints, ...bo.complaints], []);
    await Promise.all([chair.close(), bo.close()]);
  });
}

test("of who is withheld neither side is named", async () => {
  const draft = await makeDraft(house.site, "Withheld", SOURCE);
  await add(draft, { name: "Cleo Katz", withheld: true });
  const [chair, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await bo.join(draft.links.reviewer, "Bo Li");
  await chair.join(draft.links.facilitator, "Amina Diallo");
  await chair.status("saved");
  await chair.cursorAfter("agreed");
  await chair.page.keyboard.press("Control+Alt+m");
  await chair.page.getByPlaceholder("Your comment").fill("No names, please.");
  const choice = chair.page.getByLabel("Entered for");
  const named = await choice.locator("option").allInnerTexts();
  assert.ok(!named.join().includes("Cleo"), named.join());
  await choice.selectOption({ index: 1 });
  await chair.page.locator(".composer button[type=submit]").click();
  const thread = bo.page.locator(".thread", { hasText: "No names, please." });
  await thread.getByText("entered by Amina Diallo").waitFor();
  assert.ok(!(await thread.innerText()).includes("Cleo"));
  assert.deepEqual([...chair.complaints, ...bo.complaints], []);
  await Promise.all([chair.close(), bo.close()]);
});
