// Who wrote this passage: asked from the text by keyboard, from the toolbar and from the history.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is wide.\n\n# Terms\n\nA leak is a route that went too far.\n";

/** Asks the relay in the name of somebody's page. */
const ask = (person, draft, method, rest, body) =>
  person.page.evaluate(
    async ([path, how, sent]) => {
      const participant = localStorage.getItem("plenary.participant");
      const answer = await fetch(path, {
        method: how,
        headers: {
          "Content-Type": "application/json",
          "Plenary-Request": "1",
          "Plenary-Participant": participant,
        },
        ...(sent && { body: JSON.stringify(sent) }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    [`/api/v1/drafts/${draft.id}${rest}`, method, body],
  );

test("a passage over two sections shows each person's words, by keyboard; who is withheld has neither name nor time", async () => {
  const draft = await makeDraft(house.site, "Authors", SOURCE);
  const [amina, bo, eve] = await Promise.all([
    somebody(house.browser),
    somebody(house.browser),
    somebody(house.browser),
  ]);
  await Promise.all([
    amina.join(draft.links.facilitator, "Amina Diallo"),
    bo.join(draft.links.editor, "Bo Li"),
    eve.join(draft.links.editor, "Eve Moss"),
  ]);
  await amina.typeAfter("scope is wide", " and open");
  await bo.sees("wide and open");
  await bo.typeAfter("went too far", " by mistake");
  await eve.sees("far by mistake");
  await eve.typeAfter("A leak", ", as we say,");
  await amina.sees("A leak, as we say, is");
  await Promise.all([amina, bo, eve].map((person) => person.status("saved")));
  const withheld = await ask(eve, draft, "PUT", "/people/me", {
    name: "Eve Moss",
    withheld: true,
  });
  assert.equal(withheld.status, 200, withheld.text);
  await amina.page.reload();
  await amina.sees("A leak, as we say, is");

  // By keyboard, for the whole text.
  await amina.text.focus();
  await amina.page.keyboard.press("Control+a");
  await amina.page.keyboard.press("Control+Alt+y");
  const dialog = amina.page.getByRole("dialog", {
    name: "Who wrote this passage",
  });
  const parts = dialog.getByRole("list", { name: "Parts of the passage and their authors" }).getByRole("listitem");
  await parts.first().waitFor();
  const told = await until(async () => {
    const found = await parts.allInnerTexts();
    return found.some((part) => part.includes("withheld")) && found;
  }, "who is withheld is known to be");
  const expected = [
    [/^As the draft was created.*\d\d:\d\d/s, "The scope is wide"],
    [/^Amina Diallo.*Governments.*\d\d:\d\d/s, "and open"],
    [/^As the draft was created/, "# Terms"],
    [/^A participant \(name withheld\)\s*$/m, ", as we say,"],
    [/^As the draft was created/, "is a route that went too far"],
    [/^Bo Li.*\d\d:\d\d/s, "by mistake"],
  ];
  expected.forEach(([who, words], at) => {
    assert.match(told[at] ?? "", who);
    assert.ok(told[at].includes(words), `part ${at} has “${words}”: ${told[at]}`);
  });
  assert.doesNotMatch(told[3], /\d\d:\d\d|Eve/, "nothing tells when Eve wrote, nor her name");
  await dialog.getByText("What you selected").waitFor();
  await until(
    () =>
      amina.page
        .locator("[aria-live]")
        .allInnerTexts()
        .then((said) => said.some((one) => /Written by .*Amina Diallo.*Bo Li/.test(one))),
    "it is said who wrote",
  );
  await amina.look("authors");
  await amina.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(
    await amina.text.evaluate((field) => field.contains(document.activeElement)),
    "the keyboard is in the text again",
  );

  // With nothing selected the paragraph is meant, from the toolbar and from the history.
  await amina.cursorAfter("too far");
  await amina.page.getByRole("button", { name: "Who wrote this passage" }).click();
  await dialog.getByText("The paragraph with the cursor").waitFor();
  await until(async () => (await parts.count()) === 4, "the paragraph’s four parts");
  await amina.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await amina.page.getByRole("button", { name: "History" }).click();
  await amina.page
    .getByRole("dialog", { name: "History" })
    .getByRole("button", { name: "Who wrote this passage" })
    .click();
  await until(async () => (await parts.count()) === 4, "the paragraph’s four parts, from the history");
  assert.deepEqual([...amina.complaints, ...bo.complaints, ...eve.complaints], []);
  await Promise.all([amina.close(), bo.close(), eve.close()]);
});

test("whoever only comments may ask on a phone, and a former participant has no name", async () => {
  const draft = await makeDraft(house.site, "Authors on a phone", SOURCE);
  const bo = await somebody(house.browser);
  await bo.join(draft.links.editor, "Bo Li");
  await bo.typeAfter("scope is wide", " and open");
  await bo.status("saved");
  const gone = await ask(bo, draft, "DELETE", "/people/me");
  assert.ok(gone.status < 300, gone.text);
  const rita = await somebody(house.browser, { view: VIEWS[3] });
  await rita.join(draft.links.reviewer, "Rita Ortega");
  await rita.page.locator(".cm-line", { hasText: "wide and open" }).click();
  await rita.page.getByRole("button", { name: "Who wrote this passage" }).click();
  const dialog = rita.page.getByRole("dialog", {
    name: "Who wrote this passage",
  });
  await dialog.getByRole("listitem").filter({ hasText: "A former participant" }).getByText("and open").waitFor();
  await rita.look("authors");
  assert.deepEqual(rita.complaints, []);
  await Promise.all([bo.close(), rita.close()]);
});
