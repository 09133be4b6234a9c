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

/** A draft whose facilitator has the dialog of people open, and who else has joined as an editor, by name. */
async function chaired(title, ...names) {
  const draft = await makeDraft(house.site, title, SOURCE);
  const chair = await somebody(house.browser);
  await chair.join(draft.links.facilitator, "Amina Diallo");
  const others = [];
  for (const name of names) {
    const other = await somebody(house.browser);
    await other.join(draft.links.editor, name);
    others.push(other);
  }
  const heard = await listenTo(chair.page);
  const people = peopleOf(chair);
  await chair.choose("People");
  for (const name of names) await people.entry(name).waitFor();
  return { draft, chair, others, heard, people };
}

/** Every page has done nothing wrong, and is closed. */
async function allWell(...pages) {
  assert.deepEqual(
    pages.flatMap((one) => one.complaints),
    [],
  );
  await Promise.all(pages.map((one) => one.close()));
}

test("a facilitator adds a person by keyboard; without a name nothing is sent", async () => {
  const { chair, heard, people } = await chaired("People in order", "Bo Lee");
  const { dialog, inner, menu, entry, hasKeyboard } = people;
  await entry("Bo Lee").getByText(/Edit/).waitFor();
  await chair.look("people-facilitator");
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
  await allWell(chair);
});

test("a facilitator corrects an entry; the person's own page says it, and runs nobody", async () => {
  const { chair, others, heard, people } = await chaired("Corrected", "Bo Lee");
  const [bo] = others;
  // A word that the server does not take is refused in plain words, next to what was asked.
  const corrected = await people.ask("Bo Lee", "Correct the entry…", "Correct the entry");
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
  await own.entry("Amina Diallo").waitFor();
  assert.equal(await own.dialog.getByRole("button", { name: /^About/ }).count(), 0, "who runs nothing has no menus");
  assert.equal(await own.dialog.getByRole("button", { name: "Add a person…" }).count(), 0);
  await allWell(chair, bo);
});

test("a facilitator limits a person; their page says so at once, and writes again afterwards", async () => {
  const { draft, chair, others, heard, people } = await chaired("Limited", "Bo Li");
  const [bo] = others;
  const limiting = await people.ask("Bo Li", "Change what they may do…", "Change what they may do");
  await limiting.getByRole("radio", { name: "Read and comment" }).check();
  await chair.look("people-role");
  await limiting.getByRole("button", { name: "Save" }).click();
  await limiting.waitFor({ state: "detached" });
  await hears(heard, "Limit set for Bo Li: Review.");
  await people
    .entry("Bo Li")
    .getByText(/Review \(limited by a facilitator\)/)
    .waitFor();
  await bo.page.getByText("You may read and comment").first().waitFor();
  await bo.status("read-only");
  const lifting = await people.ask("Bo Li", "Change what they may do…", "Change what they may do");
  assert.equal(await lifting.getByRole("radio", { name: "Read and comment" }).isChecked(), true);
  await lifting.getByRole("radio", { name: "Everything that their link allows" }).check();
  await lifting.getByRole("button", { name: "Save" }).click();
  await hears(heard, "Bo Li may do what their link allows.");
  await bo.status("saved");
  await bo.typeAfter("wide", " and written");
  await until(async () => (await draft.markdown()).includes("wide and written"), "Bo writes again");
  await allWell(chair, bo);
});

test("a facilitator makes one person of two entries", async () => {
  const { chair, others, heard, people } = await chaired("Two of one", "Bo Li", "B. Lee, telephone");
  const merging = await people.ask("B. Lee", "Same person as…", "Two entries, one person");
  await merging.getByRole("button", { name: "Make them one person" }).click();
  await merging.getByText("Choose who it is.").waitFor();
  const choices = merging.getByLabel("B. Lee, telephone is the same person as");
  const wanted = await choices.locator("option", { hasText: "Bo Li" }).getAttribute("value");
  await choices.selectOption(wanted);
  await chair.look("people-same");
  await merging.getByRole("button", { name: "Make them one person" }).click();
  await merging.waitFor({ state: "detached" });
  await hears(heard, "B. Lee, telephone and Bo Li are one person now.");
  await people.entry("B. Lee").waitFor({ state: "detached" });
  assert.equal(await people.entry("Bo Li").count(), 1);
  await allWell(chair, ...others);
});

test("a facilitator erases an entry; the text stays, by nobody who is named", async () => {
  const { draft, chair, others, heard, people } = await chaired("Erased", "Bo Li");
  const [bo] = others;
  await bo.typeAfter("wide", " and written");
  await until(async () => (await draft.markdown()).includes("wide and written"), "Bo has written");
  const erasing = await people.ask("Bo Li", "Erase the entry…", "Erase the entry");
  await erasing.getByText("What they wrote stays. Its author is called “A former participant” from then on.").waitFor();
  await chair.look("people-erase");
  await erasing.getByRole("button", { name: "Erase the entry" }).click();
  await erasing.waitFor({ state: "detached" });
  await hears(heard, "The entry of Bo Li is erased.");
  await people.entry("A former participant").waitFor();
  assert.equal(await people.entry("Bo Li").count(), 0);
  assert.ok((await draft.markdown()).includes("wide and written"));
  await allWell(chair, bo);
});

test("who corrects an entry that somebody else erased meanwhile is told so", async () => {
  const { draft, chair, others, heard, people } = await chaired("Quicker", "Rosa Quispe");
  const second = await somebody(house.browser, { view: VIEWS.find((view) => view.name === "phone-dark") });
  await second.join(draft.links.facilitator, "Co-chair");
  await second.choose("People");
  const phone = peopleOf(second);
  const late = await phone.ask("Rosa Quispe", "Correct the entry…", "Correct the entry");
  await second.look("people-correct");
  const early = await people.ask("Rosa Quispe", "Erase the entry…", "Erase the entry");
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
  await allWell(chair, second, ...others);
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
  await allWell(chair, bo);
});
