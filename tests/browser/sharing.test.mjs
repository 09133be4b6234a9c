// Links and people: a link for each role with an end, copied, used and revoked; and one's own entry.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { listenTo, makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is wide.\n";

async function chairOf(title) {
  const draft = await makeDraft(house.site, title, SOURCE);
  const chair = await somebody(house.browser, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await chair.join(draft.links.facilitator, "Amina Diallo");
  return { draft, chair };
}

describe("sharing", () => {
  test("a link for each role, with an end and a label, opens what it says", async () => {
    const { chair } = await chairOf("Sharing");
    await chair.page.getByRole("button", { name: "Share", exact: true }).click();
    const dialog = chair.page.getByRole("dialog", { name: "Share" });
    const links = {};
    for (const role of ["Facilitate", "Edit", "Review", "Read"]) {
      await dialog.getByRole("radio", { name: new RegExp(`^${role}`) }).check();
      await dialog.getByLabel("Label (optional)").fill(`For the ${role} group`);
      await dialog.getByLabel("Expires").selectOption("7");
      await dialog.getByRole("button", { name: "Make a link" }).click();
      await dialog.getByText(`${role}: this link is shown only now`).waitFor();
      await dialog
        .getByRole("button", { name: new RegExp(`Copy\\s*: Link: ${role}`) })
        .first()
        .click();
      const copied = await until(async () => {
        const text = await chair.page.evaluate(() => navigator.clipboard.readText());
        return Object.values(links).includes(text) ? null : text;
      }, "the link is copied");
      links[role] = copied;
      await dialog
        .getByRole("listitem")
        .filter({ hasText: `For the ${role} group` })
        .getByText(/expires/)
        .waitFor();
    }
    await chair.look("links");

    const may = {
      Facilitate: /You may edit, comment and run the draft/,
      Edit: /You may edit and comment/,
      Review: /You may read and comment/,
    };
    for (const [role, link] of Object.entries(links)) {
      const guest = await somebody(house.browser);
      // The relay names itself in links; the site stands in front of it.
      await guest.page.goto(Object.assign(new URL(link), { host: new URL(house.site.address).host }).href);
      // Who only reads has the text at once.
      if (role === "Read") await guest.page.frameLocator("iframe").getByText("The scope is wide").waitFor();
      else await guest.page.getByRole("dialog").getByText(may[role]).waitFor();
      await guest.close();
    }

    // The list counts what was used, and a revoked link opens nothing.
    await chair.page.keyboard.press("Escape");
    await chair.page.getByRole("button", { name: "Share", exact: true }).click();
    const reviewers = dialog.getByRole("listitem").filter({ hasText: "For the Review group" });
    await reviewers.getByText(/used 1 time/).waitFor();
    await reviewers.getByRole("button", { name: /Revoke/ }).click();
    await reviewers.getByText(/revoked/).waitFor();
    const late = await somebody(house.browser);
    await late.page.goto(
      Object.assign(new URL(links["Review"]), {
        host: new URL(house.site.address).host,
      }).href,
    );
    await late.page.getByRole("heading", { name: "This link is not valid" }).waitFor();
    assert.deepEqual(chair.complaints, []);
    await Promise.all([chair.close(), late.close()]);
  });
});

describe("a link that was given out", () => {
  test("its terms are changed by keyboard, shown in its row, and what is wrong is said in plain words", async () => {
    const { draft, chair } = await chairOf("Changed terms");
    const other = await somebody(house.browser);
    await chair.page.getByRole("button", { name: "Share", exact: true }).click();
    const dialog = chair.page.getByRole("dialog", { name: "Share" });
    await dialog.getByRole("radio", { name: /^Review/ }).check();
    await dialog.getByLabel("Label (optional)").fill("Operators");
    await dialog.getByLabel("Expires").selectOption("7");
    await dialog.getByRole("button", { name: "Make a link" }).click();
    const link = await dialog.getByRole("textbox", { name: "Link: Review" }).first().inputValue();
    const heard = await listenTo(chair.page);
    const entry = dialog.getByRole("listitem").filter({ hasText: "Operators" });
    const change = entry.getByRole("button", {
      name: /^Change\s*: Review Operators/,
    });
    const hasKeyboard = (control, what) => until(() => control.evaluate((one) => one === document.activeElement), what);

    // Opened and left: nothing is changed, the keyboard is where it was, and the dialog stays.
    await change.focus();
    await chair.page.keyboard.press("Enter");
    const form = dialog.getByRole("form", { name: "Terms of the link" });
    const label = form.getByLabel("Label (optional)");
    await hasKeyboard(label, "the keyboard is in the form");
    assert.match(
      await form.getByLabel("Expires").evaluate((field) => field.selectedOptions[0].textContent),
      /^As now: /,
    );
    await chair.page.keyboard.type("Nothing of");
    await chair.page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    await hasKeyboard(change, "the keyboard is back on the button");
    assert.equal(await dialog.isVisible(), true);

    await chair.page.keyboard.press("Enter");
    await hasKeyboard(label, "the keyboard is in the form again");
    assert.equal(await label.inputValue(), "Operators");
    await label.fill("Operators’ meeting");
    await form.getByLabel("Group proposed on joining").selectOption({ label: "Technical community" });
    const most = form.getByLabel("Number of people");
    await most.fill("none");
    await chair.page.keyboard.press("Enter");
    await form.getByText("Enter a whole number of people from 1 to 1,000,000").waitFor();
    await hasKeyboard(most, "the keyboard is in the field that is wrong");
    await chair.look("link-change");
    await most.fill("3");
    await chair.page.keyboard.press("Enter");
    await form.waitFor({ state: "detached" });
    await entry.getByText(/^Technical community · .*0 of 3 used · expires /).waitFor();
    await until(
      async () => (await heard()).some((said) => said.includes("The terms of the link are changed.")),
      "it is said",
    );
    await hasKeyboard(
      entry.getByRole("button", {
        name: /^Change\s*: Review Operators’ meeting/,
      }),
      "the keyboard is back on the button",
    );

    // Whoever opens the link has the terms; without an end and a limit it says so again.
    await other.page.goto(Object.assign(new URL(link), { host: new URL(house.site.address).host }).href);
    const group = other.page.getByRole("dialog").getByLabel("Stakeholder group");
    await until(
      () => group.evaluate((field) => field.selectedOptions[0]?.textContent === "Technical community"),
      "the group is proposed",
    );
    await entry.getByRole("button", { name: /^Change/ }).click();
    await form.getByLabel("Expires").selectOption("0");
    await most.fill("");
    await form.getByRole("button", { name: "Save" }).click();
    await form.waitFor({ state: "detached" });
    await entry.getByText(/^Technical community · made [^·]* · used 1 time$/).waitFor();

    // Without a connection it is refused in words, and what was typed stays.
    await entry.getByRole("button", { name: /^Change/ }).click();
    await label.fill("Too late");
    await chair.context.setOffline(true);
    await form.getByRole("button", { name: "Save" }).click();
    await entry.getByRole("alert").filter({ hasText: "The server cannot be reached. Nothing was changed" }).waitFor();
    assert.equal(await label.inputValue(), "Too late");
    await chair.context.setOffline(false);
    assert.equal(
      (
        await fetch(`${house.site.address}/api/v1/drafts/${draft.id}/links`, {
          headers: {
            Authorization: `Bearer ${new URL(draft.links.facilitator).hash.slice(1)}`,
          },
        }).then((answer) => answer.text())
      ).includes("Too late"),
      false,
    );
    assert.deepEqual([...chair.complaints, ...other.complaints], []);
    await Promise.all([chair.close(), other.close()]);
  });
});

describe("a link on terms", () => {
  test("lets in as many as it says, proposes the group, and the list tells how far it is used", async () => {
    const { chair } = await chairOf("On terms");
    await chair.page.getByRole("button", { name: "Share", exact: true }).click();
    const dialog = chair.page.getByRole("dialog", { name: "Share" });
    await dialog.getByRole("radio", { name: /^Review/ }).check();
    await dialog.getByLabel("Label (optional)").fill("Operators’ meeting");
    await dialog.getByLabel("Group proposed on joining").selectOption({ label: "Technical community" });
    const most = dialog.getByLabel("Number of people");
    for (const wrong of ["0", "two", "1.5", "-3"]) {
      await most.fill(wrong);
      await dialog.getByRole("button", { name: "Make a link" }).click();
      await dialog.getByText("Enter a whole number of people from 1 to 1,000,000").waitFor();
      assert.ok(
        await most.evaluate((field) => field === document.activeElement),
        `the keyboard is in the field after “${wrong}”`,
      );
    }
    await chair.look("link-terms");
    await most.fill("2");
    await dialog.getByRole("button", { name: "Make a link" }).click();
    const link = await dialog.getByRole("textbox", { name: "Link: Review" }).first().inputValue();
    assert.equal(await dialog.getByText("Enter a whole number").count(), 0);
    const entry = dialog.getByRole("listitem").filter({ hasText: "Operators’ meeting" });
    await entry.getByText("0 of 2 used").waitFor();
    await entry.getByText(/^Technical community/).waitFor();

    const address = Object.assign(new URL(link), {
      host: new URL(house.site.address).host,
    }).href;
    const again = async () => {
      await chair.page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await chair.page.getByRole("button", { name: "Share", exact: true }).click();
    };
    for (const said of ["1 of 2 used", "used up: 2 of 2"]) {
      const guest = await somebody(house.browser);
      await guest.page.goto(address);
      const group = guest.page.getByRole("dialog").getByLabel("Stakeholder group");
      await until(
        () => group.evaluate((field) => field.selectedOptions[0]?.textContent === "Technical community"),
        "the group is proposed",
      );
      await guest.page.getByRole("button", { name: "Continue as a guest" }).click();
      await guest.text.waitFor();
      await again();
      await entry.getByText(said).waitFor();
      // Whoever was let in may come again.
      await guest.page.goto("about:blank");
      await guest.page.goto(address);
      await guest.text.waitFor();
      await guest.close();
    }
    const late = await somebody(house.browser);
    await late.page.goto(address);
    await late.page.getByRole("heading", { name: "This link is not valid" }).waitFor();
    await late.look("link-used-up");
    assert.deepEqual(chair.complaints, []);
    await Promise.all([chair.close(), late.close()]);
  });
});

describe("people", () => {
  test("everybody stands with name, organisation and group; one corrects one's own entry", async () => {
    const { draft, chair } = await chairOf("People");
    const bo = await somebody(house.browser);
    await bo.page.goto(draft.links.editor);
    await bo.page.getByLabel("Your name").fill("Bo Lee");
    await bo.page.getByLabel("Organisation (optional)").fill("Small Networks");
    await bo.page.getByLabel("Stakeholder group").selectOption({ label: "Civil society" });
    await bo.page.getByRole("button", { name: "Join the draft" }).click();
    await bo.text.waitFor();
    await chair.page.getByRole("button", { name: /2 people are here/ }).click();
    await chair.page.getByRole("menuitem", { name: /Bo Lee.*Small Networks, Civil society/ }).waitFor();
    await chair.page.getByRole("menuitem", { name: "All people and your own entry" }).click();
    const dialog = chair.page.getByRole("dialog", { name: "People" });
    await dialog.getByRole("listitem").filter({ hasText: "Bo Lee" }).getByText("here now").waitFor();
    await chair.look("people");
    await chair.page.keyboard.press("Escape");

    // Bo corrects the name, and would rather not be named in the report.
    await bo.choose("People");
    const own = bo.page.getByRole("dialog", { name: "People" });
    await own.getByLabel("Your name").fill("Bo Li");
    await own.getByText("More about how you appear").click();
    await own.getByRole("radio", { name: "Name my organisation only" }).check();
    await own.getByRole("button", { name: "Save your entry" }).click();
    await own.getByText("Saved on the server.").waitFor();
    await bo.page.reload();
    await bo.text.waitFor();
    await bo.choose("People");
    assert.equal(await own.getByLabel("Your name").inputValue(), "Bo Li");
    assert.equal(await own.getByRole("radio", { name: "Name my organisation only" }).isChecked(), true);
    await chair.choose("People");
    await dialog.getByText("Bo Lee").waitFor({ state: "detached" });
    await dialog.getByRole("listitem").filter({ hasText: "Small Networks" }).waitFor();
    assert.deepEqual([...chair.complaints, ...bo.complaints], []);
    await Promise.all([chair.close(), bo.close()]);
  });

  test("on another device one goes on as oneself, and who wants it is told of to nobody, with no time", async () => {
    const { draft, chair } = await chairOf("Elsewhere");
    const bo = await somebody(house.browser);
    await bo.page.goto(draft.links.editor);
    await bo.page.getByLabel("Your name").fill("Bo Li");
    await bo.page.getByText("More about how you appear").click();
    await bo.page.getByLabel("I speak on behalf of an organisation").check();
    await bo.page.getByLabel("On behalf of", { exact: true }).fill("The council");
    await bo.page.getByRole("button", { name: "Join the draft" }).click();
    await bo.text.waitFor();
    await bo.choose("People");
    const own = bo.page.getByRole("dialog", { name: "People" });
    assert.equal(await own.getByLabel("On behalf of", { exact: true }).inputValue(), "The council");
    await own.getByRole("button", { name: "Make a personal link" }).click();
    const link = await own.getByLabel("Your personal link").inputValue();
    await bo.look("personal-link");

    // The telephone asks nothing: it is Bo's.
    const phone = await somebody(house.browser);
    await phone.page.goto(Object.assign(new URL(link), { host: new URL(house.site.address).host }).href);
    await phone.text.waitFor();
    await phone.choose("People");
    const there = phone.page.getByRole("dialog", { name: "People" });
    assert.equal(await there.getByLabel("Your name").inputValue(), "Bo Li");
    await there.getByLabel("Tell nobody who I am").check();
    await there.getByRole("button", { name: "Save your entry" }).click();
    await there.getByText("Saved on the server.").waitFor();
    await phone.page.keyboard.press("Escape");
    await phone.status("saved");
    await phone.typeAfter("wide", " and untimed");
    await until(async () => (await draft.markdown()).includes("untimed"), "the words arrive");

    // The other device hears of it, and takes nothing back when the entry is saved there.
    await until(async () => {
      await bo.page.keyboard.press("Escape");
      await bo.choose("People");
      return own.getByLabel("Tell nobody who I am").isChecked();
    }, "the laptop knows of it");
    await own.getByRole("button", { name: "Save your entry" }).click();
    await own.getByText("Saved on the server.").waitFor();

    await chair.choose("People");
    const dialog = chair.page.getByRole("dialog", { name: "People" });
    await dialog.getByText("A participant (name withheld)", { exact: true }).waitFor();
    assert.equal(await dialog.getByText("Bo Li").count(), 0);
    const secret = new URL(draft.links.facilitator).hash.slice(1);
    const seen = await fetch(`${house.site.address}/api/v1/drafts/${draft.id}/history`, {
      headers: { Authorization: `Bearer ${secret}` },
    });
    const { changes } = await seen.json();
    assert.equal(changes.at(-1).received_ms, undefined);
    assert.deepEqual([...chair.complaints, ...bo.complaints, ...phone.complaints], []);
    await Promise.all([chair.close(), bo.close(), phone.close()]);
  });
});
