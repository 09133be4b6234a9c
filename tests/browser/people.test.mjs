// What facilitators do about other people: adding, correcting, limiting, making one of two, erasing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { listenTo, makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is wide.\n";

/** The dialog of people of somebody's page, with the menu of each person in it. */
function peopleOf({ page }) {
  const dialog = page.getByRole("dialog", { name: "People" });
  const inner = (name) => page.getByRole("dialog", { name, exact: true });
  return {
    dialog,
    inner,
    menu: (name) => dialog.getByRole("button", { name: `About ${name}` }),
    entry: (name) => dialog.getByRole("listitem").filter({ hasText: name }),
    /** Chooses from the menu of a person; gives the dialog that opens, called so. */
    async ask(name, item, title) {
      await dialog.getByRole("button", { name: `About ${name}` }).click();
      await page.getByRole("menuitem", { name: item }).click();
      const opened = inner(title);
      await opened.waitFor();
      return opened;
    },
    /** Waits until the keyboard is on what `control` is. */
    hasKeyboard: (control, what) => until(() => control.evaluate((one) => one === document.activeElement), what),
  };
}

/** Waits until one of the live regions has said the words. */
const hears = (heard, words) =>
  until(async () => (await heard()).some((said) => said.includes(words)), `“${words}” is said`);

test("a facilitator adds a person, corrects an entry, limits, makes one of two and erases", async () => {
  const draft = await makeDraft(house.site, "People in order", SOURCE);
  const chair = await somebody(house.browser);
  await chair.join(draft.links.facilitator, "Amina Diallo");
  const [bo, twice] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await bo.join(draft.links.editor, "Bo Lee");
  await twice.join(draft.links.editor, "B. Lee, telephone");
  const heard = await listenTo(chair.page);
  const { dialog, inner, menu, entry, ask, hasKeyboard } = peopleOf(chair);
  await chair.choose("People");
  await entry("Bo Lee").getByText(/Edit/).waitFor();
  await entry("B. Lee").waitFor();
  await chair.look("people-facilitator");

  // Added, by keyboard alone; without a name nothing is sent.
  await dialog.getByRole("button", { name: "Add a person…" }).focus();
  await chair.page.keyboard.press("Enter");
  const adding = inner("Add a person");
  const name = adding.getByLabel("Name", { exact: true });
  await adding.getByRole("button", { name: "Add", exact: true }).focus();
  await chair.page.keyboard.press("Enter");
  await adding.getByText("Enter a name.").waitFor();
  await hasKeyboard(name, "the keyboard is in the field");
  await chair.page.keyboard.type("Rosa Quispe");
  await adding.getByText("Enter a name.").waitFor({ state: "detached" });
  await adding.getByLabel("Organisation (optional)").fill("Rural Networks");
  await adding.getByLabel("Stakeholder group").selectOption({ label: "Civil society" });
  await adding.getByText("More about how they appear").click();
  await adding.getByRole("radio", { name: "By organisation only" }).check();
  await adding.getByLabel("Speaks on behalf of an organisation").check();
  await adding.getByLabel("On behalf of", { exact: true }).fill("The council");
  await chair.look("people-add");
  await name.focus();
  await chair.page.keyboard.press("Enter");
  await adding.waitFor({ state: "detached" });
  await hears(heard, "Rosa Quispe is added.");
  await entry("Rosa Quispe").getByText("Rural Networks, Civil society").waitFor();
  await hasKeyboard(dialog.getByRole("button", { name: "Add a person…" }), "the keyboard is back on the button");

  // The menu opens, runs and closes by the keyboard; who came by no link has no role to limit.
  await menu("Rosa Quispe").focus();
  await chair.page.keyboard.press("Enter");
  await chair.page.getByRole("menuitem", { name: "Correct the entry…" }).waitFor();
  assert.equal(await chair.page.getByRole("menuitem", { name: "Change what they may do…" }).count(), 0);
  await chair.look("people-menu");
  await chair.page.keyboard.press("Enter");
  const correcting = inner("Correct the entry");
  assert.equal(await correcting.getByLabel("On behalf of", { exact: true }).inputValue(), "The council");
  assert.equal(await correcting.getByRole("radio", { name: "By organisation only" }).isChecked(), true);
  await chair.page.keyboard.press("Escape");
  await correcting.waitFor({ state: "detached" });
  await hasKeyboard(menu("Rosa Quispe"), "the keyboard is back on the menu's button");
  assert.equal(await dialog.isVisible(), true);

  // Corrected: the person's own page says it, and saving it again keeps what was corrected. A word that the
  // server does not take is refused in plain words, next to what was asked.
  const corrected = await ask("Bo Lee", "Correct the entry…", "Correct the entry");
  await corrected.getByLabel("Name", { exact: true }).fill("Bo\u202eLi");
  await corrected.getByRole("button", { name: "Save the entry" }).click();
  await corrected.getByRole("alert").filter({ hasText: "The server does not take one of these fields" }).waitFor();
  await chair.look("people-refused");
  await corrected.getByLabel("Name", { exact: true }).fill("Bo Li");
  await corrected.getByRole("button", { name: "Save the entry" }).click();
  await corrected.waitFor({ state: "detached" });
  await hears(heard, "The entry of Bo Li is corrected.");
  await bo.choose("People");
  const own = peopleOf(bo);
  await until(
    async () => (await own.dialog.getByLabel("Your name").inputValue()) === "Bo Li",
    "Bo's own page has the name",
  );
  assert.equal(await own.dialog.getByRole("button", { name: /^About/ }).count(), 0, "who runs nothing has no menus");
  assert.equal(await own.dialog.getByRole("button", { name: "Add a person…" }).count(), 0);
  await own.entry("Rosa Quispe").waitFor();
  await bo.page.keyboard.press("Escape");

  // Limited: the other page says at once that it may only read and comment, and writes again afterwards.
  const limiting = await ask("Bo Li", "Change what they may do…", "Change what they may do");
  await limiting.getByRole("radio", { name: "Read and comment" }).check();
  await chair.look("people-role");
  await limiting.getByRole("button", { name: "Save" }).click();
  await limiting.waitFor({ state: "detached" });
  await hears(heard, "Limit set for Bo Li: Review.");
  await entry("Bo Li")
    .getByText(/Review \(limited by a facilitator\)/)
    .waitFor();
  await bo.page.getByText("You may read and comment").first().waitFor();
  await bo.status("read-only");
  const lifting = await ask("Bo Li", "Change what they may do…", "Change what they may do");
  assert.equal(await lifting.getByRole("radio", { name: "Read and comment" }).isChecked(), true);
  await lifting.getByRole("radio", { name: "Everything that their link allows" }).check();
  await lifting.getByRole("button", { name: "Save" }).click();
  await hears(heard, "Bo Li may do what their link allows.");
  await bo.status("saved");
  await bo.typeAfter("wide", " and written");
  await until(async () => (await draft.markdown()).includes("wide and written"), "Bo writes again");

  // Two entries become one person.
  const merging = await ask("B. Lee", "Same person as…", "Two entries, one person");
  await merging.getByRole("button", { name: "Make them one person" }).click();
  await merging.getByText("Choose who it is.").waitFor();
  const choices = merging.getByLabel("B. Lee, telephone is the same person as");
  const wanted = await choices.locator("option", { hasText: "Bo Li" }).getAttribute("value");
  await choices.selectOption(wanted);
  await chair.look("people-same");
  await merging.getByRole("button", { name: "Make them one person" }).click();
  await merging.waitFor({ state: "detached" });
  await hears(heard, "B. Lee, telephone and Bo Li are one person now.");
  await entry("B. Lee").waitFor({ state: "detached" });
  assert.equal(await entry("Bo Li").count(), 1);

  // Erased: the text stays, by nobody who is named.
  const erasing = await ask("Bo Li", "Erase the entry…", "Erase the entry");
  await erasing.getByText("What they wrote stays. Its author is called “A former participant” from then on.").waitFor();
  await chair.look("people-erase");
  await erasing.getByRole("button", { name: "Erase the entry" }).click();
  await erasing.waitFor({ state: "detached" });
  await hears(heard, "The entry of Bo Li is erased.");
  await entry("A former participant").waitFor();
  assert.equal(await entry("Bo Li").count(), 0);
  assert.ok((await draft.markdown()).includes("wide and written"));

  // Somebody else was quicker: said in plain words, and nothing is lost.
  const second = await somebody(house.browser, {
    view: VIEWS.find((view) => view.name === "phone-dark"),
  });
  await second.join(draft.links.facilitator, "Co-chair");
  await second.choose("People");
  const phone = peopleOf(second);
  const late = await phone.ask("Rosa Quispe", "Correct the entry…", "Correct the entry");
  await second.look("people-correct");
  const early = await ask("Rosa Quispe", "Erase the entry…", "Erase the entry");
  await early.getByRole("button", { name: "Erase the entry" }).click();
  await hears(heard, "The entry of Rosa Quispe is erased.");
  await late.getByLabel("Name", { exact: true }).fill("Rosa Q.");
  await late.getByRole("button", { name: "Save the entry" }).click();
  await late.getByRole("alert").filter({ hasText: "This entry was erased meanwhile" }).waitFor();
  await second.page.keyboard.press("Escape");
  await late.waitFor({ state: "detached" });
  await phone.menu("Amina Diallo").click();
  await second.page.getByRole("menuitem", { name: "Erase the entry…" }).waitFor();
  await second.look("people-menu");
  assert.deepEqual([...chair.complaints, ...bo.complaints, ...twice.complaints, ...second.complaints], []);
  await Promise.all([chair.close(), bo.close(), twice.close(), second.close()]);
});

test("a facilitator renames, adds, moves and removes stakeholder groups; who joins is offered them", async () => {
  const draft = await makeDraft(house.site, "Groups of its own", SOURCE);
  const chair = await somebody(house.browser, { view: VIEWS.find((view) => view.name === "phone-light") });
  await chair.join(draft.links.facilitator, "Amina Diallo");
  const heard = await listenTo(chair.page);
  const { dialog, hasKeyboard } = peopleOf(chair);
  await chair.choose("People");
  await dialog.getByText("Stakeholder groups", { exact: true }).click();
  const names = dialog.getByRole("list", { name: "Stakeholder groups" }).getByRole("textbox");
  await until(async () => (await names.count()) === 7, "the seven groups of the beginning");

  // By keyboard: the last one goes up, and the keyboard stays with it.
  const up = dialog.getByRole("button", { name: "Move Other up" });
  await up.focus();
  await chair.page.keyboard.press("Enter");
  await hasKeyboard(up, "the keyboard is on the group that moved");
  await dialog.getByRole("button", { name: "Remove Academia" }).click();
  await names.nth(1).fill("Operators");
  await dialog.getByRole("button", { name: "Add a group" }).click();
  await hasKeyboard(names.last(), "the keyboard is in the new group");
  await dialog.getByRole("button", { name: "Save the groups" }).click();
  await dialog.getByText("Every group needs a name, and no two the same.").waitFor();
  await names.last().fill("Youth");
  await chair.look("people-groups");
  await dialog.getByRole("button", { name: "Save the groups" }).click();
  await hears(heard, "The groups are saved.");

  const bo = await somebody(house.browser);
  await bo.page.goto(draft.links.editor);
  const offered = bo.page.getByLabel("Stakeholder group").locator("option");
  await bo.page.getByLabel("Your name").waitFor();
  const expected = [
    "Not stated",
    "Governments",
    "Operators",
    "Civil society",
    "Technical community",
    "Other",
    "Intergovernmental organisations",
    "Youth",
  ];
  await until(async () => (await offered.allTextContents()).join() === expected.join(), "the groups are offered");
  assert.deepEqual([...chair.complaints, ...bo.complaints], []);
  await Promise.all([chair.close(), bo.close()]);
});
