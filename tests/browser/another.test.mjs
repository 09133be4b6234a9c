// Several people at one computer, in one browser profile: each writes as themselves.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();

for (const view of [VIEWS[0], VIEWS[3]]) {
  test(`${view.name}: somebody else writes here, and the first one again`, async () => {
    const draft = await makeDraft(house.site, "One computer", "# Scope\n\nThe scope is wide.\n");
    const person = await somebody(house.browser, { view });
    const { page } = person;
    await person.join(draft.links.editor, "Amina Diallo");
    await person.typeAfter("wide", " says Amina");
    await person.status("saved");

    const people = page.getByRole("dialog", { name: "People" });
    const switching = page.getByRole("dialog", { name: "Somebody else on this computer" });
    const other = async (choice) => {
      await person.choose("People");
      await people.getByRole("button", { name: "Somebody else writes here…" }).click();
      await switching.getByRole("radio", { name: choice }).check();
      await person.look(`another-${choice.replace(" ", "-").toLowerCase()}`);
      const loaded = page.waitForEvent("load");
      await switching.getByRole("button", { name: "Continue" }).click();
      await loaded;
    };

    // What waits is nobody else's: first everything has to be saved.
    house.site.cut();
    await person.status("reconnecting");
    await person.typeAfter("says Amina", ", offline");
    await person.choose("People");
    await people.getByRole("button", { name: "Somebody else writes here…" }).click();
    await switching.getByRole("button", { name: "Continue" }).click();
    await switching.getByText("Wait until everything is saved on the server").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    house.site.restore();
    await person.status("saved");

    await other("Somebody new");
    const name = page.getByLabel("Your name");
    await name.waitFor();
    assert.equal(await name.inputValue(), "", "nothing of the first person is proposed");
    await name.fill("Bo Lee");
    await page.getByRole("button", { name: "Join the draft" }).click();
    await person.text.waitFor();
    await person.typeAfter("offline", " and Bo");
    await person.status("saved");

    await other("Amina Diallo");
    await person.text.waitFor();
    await person.choose("People");
    await until(
      async () => (await people.getByLabel("Your name").inputValue()) === "Amina Diallo",
      "she is herself again",
    );
    await people.getByRole("listitem").filter({ hasText: "Bo Lee" }).waitFor();
    await page.keyboard.press("Escape");
    await person.typeAfter("and Bo", ", and Amina again");
    await person.status("saved");
    // The status may still be that of before the last key.
    await until(
      async () => (await draft.markdown()).includes("wide says Amina, offline and Bo, and Amina again"),
      "all of it is on the server",
    );

    // Whose each word is, as the relay knows it.
    const secret = new URL(draft.links.facilitator).hash.slice(1);
    const ask = async (path) => {
      const address = `${house.site.address}/api/v1/drafts/${new URL(draft.links.facilitator).pathname.split("/")[2]}`;
      const answer = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${secret}` } });
      return answer.json();
    };
    const named = new Map((await ask("/people")).people.map((one) => [one.participant, one.name]));
    const authors = (await ask("/history")).changes.map((change) => named.get(change.participant));
    const turns = authors.filter((author, index) => author && author !== authors[index - 1]);
    assert.deepEqual(turns, ["Amina Diallo", "Bo Lee", "Amina Diallo"]);
    assert.deepEqual(person.complaints, []);
    await person.close();
  });
}
