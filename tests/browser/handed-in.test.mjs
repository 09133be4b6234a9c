// What somebody typed offline while their link was withdrawn: handed to the facilitators, once, and said.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { dialNow, makeDraft, somebody, until } from "./lib/people.mjs";

const SOURCE = "# Scope\n\nThe group agreed.\n\n# Terms\n\nA leak is a route.\n";
const HANDED = "What you wrote was handed to the facilitators";
const house = openHouse();

/** Asks the relay itself, past the site that may be cut, as a facilitator. */
async function ask(draft, method, rest, body) {
  const headers = {
    Authorization: `Bearer ${new URL(draft.links.facilitator).hash.slice(1)}`,
    "Plenary-Participant": "the-chair-of-this-test",
    "Content-Type": "application/json",
  };
  const answer = await fetch(`${house.relay.address}/api/v1/drafts/${draft.id}${rest}`, {
    method,
    headers,
    body: body && JSON.stringify(body),
  });
  const said = await answer.text();
  assert.ok(answer.ok, said);
  return said ? JSON.parse(said) : null;
}

/** A link of its own that can be withdrawn. */
async function guestLink(draft) {
  const made = await ask(draft, "POST", "/links", { role: "editor" });
  const link = Object.assign(new URL(made.url), {
    host: new URL(house.site.address).host,
  }).href;
  return { link, withdraw: () => ask(draft, "DELETE", `/links/${made.id}`) };
}

/** What the page hands out. */
async function taken(page) {
  const button = page.getByRole("button", { name: /^Download \d+ changes? that/ }).first();
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return readFile(await file.path(), "utf8");
}

/** The page makes no promise that its link does not keep any more. */
async function promisesNothing(page) {
  await page.getByText("You may edit").waitFor({ state: "detached" });
  assert.equal(
    await page.getByRole("region", { name: "Writing tools" }).getByRole("button", { name: "Comment" }).count(),
    0,
  );
}

/** A facilitator finds one piece of held-back work and puts it into the draft. */
async function admit(chair, words) {
  const { page } = chair;
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  await page.getByRole("menuitem", { name: /^Held back/ }).click();
  const dialog = page.getByRole("dialog", { name: "Held back" });
  const entries = dialog.getByRole("listitem").filter({ has: page.locator("strong") });
  await entries.first().waitFor();
  assert.equal(await entries.count(), 1);
  const entry = entries.first();
  await entry.locator("strong", { hasText: "Bo Li" }).waitFor();
  await entry.getByText("Their link had been withdrawn or had expired").waitFor();
  await entry.getByRole("button", { name: "What it would change" }).click();
  await entry.locator("ins").first().waitFor();
  assert.match((await entry.locator("ins").allInnerTexts()).join("|"), words);
  await chair.look("handed-in-held");
  await entry.getByRole("button", { name: "Admit", exact: true }).click();
  await entry.getByRole("button", { name: "Put it into the draft" }).click();
  await entry.getByText(/^Admitted by/).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

for (const view of [VIEWS[0], VIEWS[3]]) {
  test(`${view.name}: typed offline in two tabs while the link is withdrawn: handed in once, said, and admitted`, async () => {
    const draft = await makeDraft(house.site, "Withdrawn", SOURCE);
    const guest = await guestLink(draft);
    const [chair, bo] = await Promise.all([somebody(house.browser), somebody(house.browser, { view })]);
    await chair.join(draft.links.facilitator, "Amina Diallo");
    await chair.status("saved");
    await bo.join(guest.link, "Bo Li");
    await bo.status("saved");
    await bo.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    house.site.cut();
    await bo.status("reconnecting");
    await bo.typeAfter("agreed", " on the second day");
    await bo.page
      .getByText(/changes? waiting/)
      .first()
      .waitFor();
    // A second tab finds on the device what the first one wrote, and would send it, too.
    const other = await bo.context.newPage();
    await other.goto(`${house.site.address}/d/${draft.id}`);
    await other.locator(".cm-line", { hasText: "agreed on the second day" }).waitFor();
    await guest.withdraw();
    house.site.restore();
    for (const page of [bo.page, other]) await dialNow(page);
    for (const page of [bo.page, other]) await page.locator('[data-status="refused"]', { hasText: HANDED }).waitFor();
    await promisesNothing(bo.page);
    await bo.look("handed-in");
    assert.match(await taken(bo.page), /agreed on the second day/);
    assert.equal(await draft.markdown(), SOURCE);

    // The facilitator who is there is told without a reload.
    await chair.page.locator("#menu-waiting", { hasText: "1" }).waitFor();
    await admit(chair, /on the second day/);
    await chair.sees("agreed on the second day");
    await until(
      async () => (await draft.markdown()) === SOURCE.replace("agreed", "agreed on the second day"),
      "the relay's text is the admitted one",
    );

    // The page cannot be opened any more; it says what became of the work, and still hands it out.
    await bo.page.reload();
    await bo.page.getByRole("heading", { name: "This link is not valid" }).waitFor();
    await bo.page.locator('[data-left="taken"]').waitFor();
    await bo.look("handed-in-closed");
    assert.match(await taken(bo.page), /agreed on the second day/);
    const { entries } = await ask(draft, "GET", "/quarantine");
    assert.equal(entries.length, 1, "nothing was handed in twice");
    assert.deepEqual([...chair.complaints, ...bo.complaints], []);
    await Promise.all([chair.close(), bo.close()]);
  });
}

test("a page that was closed while offline hands in what it kept when the draft is opened again", async () => {
  const draft = await makeDraft(house.site, "Closed", SOURCE);
  const guest = await guestLink(draft);
  const bo = await somebody(house.browser);
  await bo.join(guest.link, "Bo Li");
  await bo.status("saved");
  house.site.cut();
  await bo.status("reconnecting");
  await bo.typeAfter("a route", " to nowhere");
  await bo.page
    .getByText(/changes? waiting/)
    .first()
    .waitFor();
  await bo.leave();
  await guest.withdraw();
  house.site.restore();
  await bo.page.goto(`${house.site.address}/d/${draft.id}`);
  await bo.page.locator('[data-left="taken"]').waitFor();
  assert.match(await taken(bo.page), /a route to nowhere/);
  const { entries } = await ask(draft, "GET", "/quarantine");
  assert.deepEqual(
    entries.map((entry) => [entry.reason, entry.state, entry.document]),
    [["link-ended", "waiting", "text"]],
  );
  await ask(draft, "POST", `/quarantine/${entries[0].id}/admit`, {});
  assert.equal(await draft.markdown(), SOURCE.replace("a route", "a route to nowhere"));
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});

test("without anything typed a withdrawn link hands in nothing", async () => {
  const draft = await makeDraft(house.site, "Nothing", SOURCE);
  const guest = await guestLink(draft);
  const bo = await somebody(house.browser);
  await bo.join(guest.link, "Bo Li");
  await bo.status("saved");
  await guest.withdraw();
  await bo.status("gone");
  await bo.page.reload();
  await bo.page.getByRole("heading", { name: "This link is not valid" }).waitFor();
  assert.deepEqual((await ask(draft, "GET", "/quarantine")).entries, []);
  assert.equal(await bo.page.locator("[data-left]").count(), 0);
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});
