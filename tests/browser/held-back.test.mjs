// What somebody wrote offline and was no longer allowed to write: facilitators see that it waits, read it,
// put it into the draft or leave it out, and find both decisions in the list of what was done.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { dialNow, makeDraft, somebody, until } from "./lib/people.mjs";

const SOURCE = "# Scope\n\nThe group agreed.\n\n# Terms\n\nA leak is a route.\n";
const house = openHouse();

/** Lowers people's roles at the relay itself, past the site that is cut. */
async function lowerBehind(draft, names) {
  const headers = {
    Authorization: `Bearer ${new URL(draft.links.facilitator).hash.slice(1)}`,
    "Plenary-Participant": "the-chair-of-this-test",
    "Content-Type": "application/json",
  };
  const address = `${house.relay.address}/api/v1/drafts/${draft.id}/people`;
  const { people } = await fetch(address, { headers }).then((answer) => answer.json());
  for (const name of names) {
    const { participant } = people.find((person) => person.name === name);
    const answer = await fetch(`${address}/${participant}`, {
      method: "PATCH",
      headers,
      body: JSON.stringify({ role: "reviewer" }),
    });
    assert.equal(answer.status, 200, await answer.text());
  }
}

/** Bo and Chika write offline, and may only comment when they are back. */
async function writeInVain(draft) {
  const [bo, chika] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await bo.join(draft.links.editor, "Bo Li");
  await chika.join(draft.links.editor, "Chika Obi");
  const both = [bo, chika];
  await Promise.all(both.map((one) => one.status("saved")));
  house.site.cut();
  await Promise.all(both.map((one) => one.status("reconnecting")));
  await bo.typeAfter("agreed", " on the second day");
  await chika.typeAfter("a route", " to nowhere");
  await Promise.all(
    both.map((one) =>
      one.page
        .getByText(/changes? waiting/)
        .first()
        .waitFor(),
    ),
  );
  await lowerBehind(draft, ["Bo Li", "Chika Obi"]);
  house.site.restore();
  for (const one of both) await dialNow(one.page);
  await Promise.all(both.map((one) => one.status("refused")));
  for (const one of both) assert.deepEqual(one.complaints, []);
  await Promise.all(both.map((one) => one.close()));
}

for (const view of [VIEWS[0], VIEWS[3]]) {
  test(`${view.name}: held-back work is seen, read, admitted or declined, and both are on record`, async () => {
    const draft = await makeDraft(house.site, "Held back", SOURCE);
    const chair = await somebody(house.browser, { view });
    const { page } = chair;
    const dialog = page.getByRole("dialog", { name: "Held back" });
    const menu = page.getByRole("button", { name: "Menu", exact: true });
    await chair.join(draft.links.facilitator, "Amina Diallo");
    await chair.status("saved");
    await chair.choose("Held back");
    await dialog.getByText("Nothing is held back").waitFor();
    await chair.look("held-none");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    await writeInVain(draft);
    assert.equal(await draft.markdown(), SOURCE);
    // Somebody looks into the menu, or stays and sees the number at its button.
    await menu.click();
    const item = page.getByRole("menuitem", {
      name: /^Held back\s*2 waiting$/,
    });
    await item.waitFor();
    assert.match(await page.locator("#menu-waiting").innerText(), /2 waiting/);
    await chair.look("held-menu");
    await item.click();

    const entry = (name) =>
      dialog
        .getByRole("listitem")
        .filter({ has: page.locator("strong", { hasText: name }) })
        .first();
    const bo = entry("Bo Li");
    await bo.getByText("Their link or role did not allow this change").waitFor();
    await bo.getByText(/^received /).waitFor();
    await bo.getByText(/^\d+ changes?$/).waitFor();
    await bo.getByRole("button", { name: "What it would change" }).click();
    const added = bo.locator("ins");
    await added.first().waitFor();
    assert.equal((await added.allInnerTexts()).join("|").replace(/\s+/g, " "), "Added by Bo Li: on the second day");
    await bo.getByText("The group agreed").waitFor();
    await bo.getByRole("button", { name: "Admit", exact: true }).click();
    await bo.getByText("It goes into the draft as written, under the name of Bo Li").waitFor();
    await chair.look("held-open");
    await bo.getByRole("button", { name: "Put it into the draft" }).click();
    await bo.getByText("Admitted by Amina Diallo.").waitFor();

    const chika = entry("Chika Obi");
    await chika.getByRole("button", { name: "Decline", exact: true }).click();
    await chika.getByText("It stays out of the draft for good").waitFor();
    await chika.getByRole("button", { name: "Leave it out" }).click();
    await chika.getByRole("alert").getByText("Enter a reason: Chika Obi can read it.").waitFor();
    await chair.look("held-decline");
    await chika.getByLabel("Reason").fill("Settled in May");
    await chika.getByRole("button", { name: "Leave it out" }).click();
    await chika.getByText("Declined by Amina Diallo.").waitFor();
    await chika.getByText("Reason: Settled in May").waitFor();
    assert.equal(await dialog.getByRole("button", { name: "Admit", exact: true }).count(), 0);
    await chair.look("held-decided");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    const text = SOURCE.replace("agreed", "agreed on the second day");
    await chair.sees("agreed on the second day");
    await until(async () => (await draft.markdown()) === text, "the relay's text is the admitted one");
    assert.doesNotMatch(await chair.text.innerText(), /nowhere/);
    assert.equal(await page.locator("#menu-waiting").count(), 0);

    await chair.choose("What was done");
    const trail = page.getByRole("dialog", { name: "What was done" });
    const lines = trail.getByRole("listitem");
    await lines.first().waitFor();
    const said = await lines.allInnerTexts();
    assert.match(said[0], /^Held-back work declined\s*Settled in May\s*Amina Diallo.*\d{4}/);
    assert.match(said[1], /^Held-back work admitted\s*Amina Diallo/);
    assert.ok(
      said.some((line) => /^At most this role for Bo Li: Review/.test(line)),
      said.join("\n"),
    );
    assert.match(said.at(-1), /^Draft created/);
    for (const line of said) assert.doesNotMatch(line, /undefined|\{|[a-z]-[a-z]+-/);
    await chair.look("trail");
    for (const [link, check] of [
      ["Download as CSV", /quarantine-declined.*Settled in May/],
      ["Download as JSON Lines", /"kind":"quarantine-admitted"/],
    ]) {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        trail.getByRole("link", { name: link }).click(),
      ]);
      assert.match(file.suggestedFilename(), link.includes("CSV") ? /\.csv$/ : /\.jsonl$/);
      assert.match(await readFile(await file.path(), "utf8"), check);
    }
    assert.deepEqual(chair.complaints, []);
    await chair.close();
  });
}

test("who is no facilitator finds neither in the menu", async () => {
  const draft = await makeDraft(house.site, "Not for all", SOURCE);
  const bo = await somebody(house.browser);
  await bo.join(draft.links.editor, "Bo Li");
  await bo.status("saved");
  await bo.page.getByRole("button", { name: "Menu", exact: true }).click();
  await bo.page.getByRole("menuitem", { name: "Guide" }).waitFor();
  for (const name of [/Held back/, "What was done"])
    assert.equal(await bo.page.getByRole("menuitem", { name }).count(), 0);
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});
