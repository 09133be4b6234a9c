// A role is lowered under one's fingers: what was typed and may no longer be is kept for its author,
// said in plain words, handed out, and gone from the text after the reload.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { dialNow, makeDraft, somebody, until } from "./lib/people.mjs";

const SOURCE = "# Scope\n\nThe group agreed.\n";
const house = openHouse();

/** Sets the most that the person called so may do. */
async function lower(draft, name, role) {
  const headers = {
    Authorization: `Bearer ${new URL(draft.links.facilitator).hash.slice(1)}`,
    "Plenary-Participant": "the-chair-of-this-test",
    "Content-Type": "application/json",
  };
  const address = `${house.site.address}/api/v1/drafts/${draft.id}/people`;
  const { people } = await fetch(address, { headers }).then((answer) => answer.json());
  const { participant } = people.find((person) => person.name === name);
  const answer = await fetch(`${address}/${participant}`, {
    method: "PATCH",
    headers,
    body: JSON.stringify({ role }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** What the page hands out of changes that were not taken. */
async function taken(page) {
  const button = page.getByRole("button", {
    name: /^Download \d+ changes? that/,
  });
  await button.first().waitFor();
  const files = [];
  for (const one of await button.all()) {
    const [file] = await Promise.all([page.waitForEvent("download"), one.click()]);
    files.push(await readFile(await file.path(), "utf8"));
  }
  return files.join("\n");
}

test("lowered to reviewing while typing: every word is in the draft or in one's hands", async () => {
  const draft = await makeDraft(house.site, "Lowered", SOURCE);
  const bo = await somebody(house.browser);
  await bo.join(draft.links.editor, "Bo Li");
  await bo.cursorAfter("agreed");
  const words = Array.from({ length: 40 }, (_, index) => ` word${index}`).join("");
  const typing = bo.page.keyboard.type(words, { delay: 15 });
  await until(async () => (await draft.markdown()).includes("word5"), "the first words arrive");
  await lower(draft, "Bo Li", "reviewer");
  await typing;
  await bo.page.getByText("You may read and comment").first().waitFor();
  const kind = await until(
    () =>
      bo.page.evaluate(() => {
        const said = document.querySelector("[data-status]")?.getAttribute("data-status");
        return said === "refused" || said === "read-only" ? said : null;
      }),
    "the page says how it stands",
  );
  const shown = (await bo.text.innerText()).match(/word\d+/g) ?? [];
  const kept = kind === "refused" ? await taken(bo.page) : "";
  const stored = await draft.markdown();
  for (const word of shown) assert.ok(`${stored}\n${kept}`.includes(word), `${word} was shown and is nowhere`);
  await bo.look("role-lowered");
  await bo.page.reload();
  await bo.status("read-only");
  await bo.sees("agreed");
  assert.equal((await bo.text.innerText()).match(/word\d+/g)?.at(-1), stored.match(/word\d+/g).at(-1));
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});

test("lowered while offline, with two tabs open: both tabs' words are rescued, said and gone after the reload", async () => {
  const draft = await makeDraft(house.site, "Two tabs", SOURCE);
  const bo = await somebody(house.browser);
  await bo.join(draft.links.editor, "Bo Li");
  await bo.status("saved");
  const other = await bo.context.newPage();
  await other.goto(`${house.site.address}/d/${draft.id}`);
  await other.locator('[data-status="saved"]').waitFor();
  await bo.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

  house.site.cut();
  await bo.status("reconnecting");
  await other.locator('[data-status="reconnecting"]').waitFor();
  await bo.typeAfter("agreed", " one");
  await bo.page
    .getByText(/changes? waiting/)
    .first()
    .waitFor();
  // A third tab finds on the device what the first one wrote, and would send it, too.
  const third = await bo.context.newPage();
  await third.goto(`${house.site.address}/d/${draft.id}`);
  await third.locator(".cm-line", { hasText: "agreed one" }).waitFor();
  await other.locator(".cm-line", { hasText: "Scope" }).click();
  await other.keyboard.press("End");
  await other.keyboard.type(" two");
  await Promise.all(
    [bo.page, other].map((page) =>
      page
        .getByText(/changes? waiting/)
        .first()
        .waitFor(),
    ),
  );
  await restoreAfter(() => lowerBehind(draft));
  await Promise.all([bo.page, other, third].map((page) => page.locator('[data-status="refused"]').waitFor()));
  await bo.page.locator("[data-status]").getByText("The server did not take some of your changes").waitFor();
  await bo.look("refused");
  assert.match(await taken(bo.page), /agreed one/);
  assert.match(await taken(other), /Scope two/);

  await third.close();
  await other.reload();
  await other.locator('[data-status="read-only"]').waitFor();
  await bo.page.reload();
  await bo.status("read-only");
  for (const page of [bo.page, other]) {
    const text = await page.locator(".cm-content").innerText();
    assert.doesNotMatch(text, /one|two/);
    await page.locator(".cm-line", { hasText: "agreed" }).click();
    await page.keyboard.type("three");
    assert.doesNotMatch(await page.locator(".cm-content").innerText(), /three/);
  }
  assert.equal(await draft.markdown(), SOURCE);
  // What was rescued is still there to be taken, once each, until its author says that they have it.
  await until(
    async () => (await bo.page.getByRole("button", { name: /^Download \d+ changes? that/ }).count()) === 2,
    "both rescues, and none of them twice",
  );
  const kept = await taken(bo.page);
  assert.match(kept, /agreed one/);
  assert.match(kept, /Scope two/);
  for (let left = await bo.page.getByRole("button", { name: "I have them" }).count(); left > 0; left -= 1)
    await bo.page.getByRole("button", { name: "I have them" }).first().click();
  await bo.page.getByRole("button", { name: "I have them" }).first().waitFor({ state: "detached" });
  assert.deepEqual(bo.complaints, []);
  await bo.close();

  async function restoreAfter(run) {
    // The chair reaches the relay by another way than the one that is cut.
    await run();
    house.site.restore();
    for (const page of [bo.page, other, third]) await dialNow(page);
  }
});

/** Lowers Bo's role at the relay itself, past the site that is cut. */
async function lowerBehind(draft) {
  const through = house.site;
  house.site = { ...through, address: house.relay.address };
  try {
    await lower(draft, "Bo Li", "reviewer");
  } finally {
    house.site = through;
  }
}

test("lowered to reading: the page becomes the reader's, with nothing left unsaid", async () => {
  const draft = await makeDraft(house.site, "Only reading", SOURCE);
  const bo = await somebody(house.browser);
  await bo.join(draft.links.editor, "Bo Li");
  await bo.status("saved");
  await lower(draft, "Bo Li", "viewer");
  await bo.page.frameLocator("iframe").getByText("The group agreed").waitFor();
  assert.equal(await bo.text.count(), 0);
  await bo.look("role-reading");
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});
