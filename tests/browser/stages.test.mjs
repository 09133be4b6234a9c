// What facilitators decide while others write: the draft's stage, its deletion and its return.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is wide.\n\n# Terms\n\nA leak is a route that went too far.\n";

/** Sets the stage in the draft's settings, as the facilitator does. */
async function setStage(chair, stage) {
  await chair.choose("Draft settings");
  const dialog = chair.page.getByRole("dialog", { name: "Draft settings" });
  await dialog.getByLabel("Stage").selectOption(stage);
  await dialog.getByRole("button", { name: "Change the stage" }).click();
  await chair.page.locator(".topbar .stage", { hasText: stage }).waitFor();
  await chair.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

describe("stages", () => {
  test("review, settling, final, while somebody types: each word is in the draft or in the rescue, and one is told", async () => {
    const draft = await makeDraft(house.site, "Stages", SOURCE);
    const [chair, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
    await Promise.all([chair.join(draft.links.facilitator, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
    await setStage(chair, "Public review");
    await bo.page.locator(".topbar .stage", { hasText: "Public review" }).waitFor();
    await bo.typeAfter("too far", " in review");
    await chair.sees("in review");
    await setStage(chair, "Settling");
    await bo.page.locator(".topbar .stage", { hasText: "Settling" }).waitFor();

    // Bo goes on typing until the text no longer takes it.
    await bo.cursorAfter("in review");
    let typed = 0;
    let isFinal = false;
    const typing = (async () => {
      while (!isFinal) await bo.page.keyboard.type(` w${(typed += 1)}`, { delay: 15 });
    })();
    await until(() => typed > 5, "Bo types");
    await setStage(chair, "Final");
    await bo.page.locator(".topbar .stage", { hasText: "Final" }).waitFor();
    isFinal = true;
    await typing;

    // What the relay took is the beginning of what Bo typed, without a hole.
    const final = await draft.markdown();
    const taken = /in review(.*)\./.exec(final)?.[1] ?? "";
    const all = Array.from({ length: typed }, (_, at) => ` w${at + 1}`).join("");
    assert.ok(all.startsWith(taken), `“${taken}” is no beginning of what was typed`);
    await until(async () => {
      const kind = await bo.page.locator("[data-status]").getAttribute("data-status");
      return kind === "read-only" || kind === "refused";
    }, "the status line says neither that it is final nor that changes were refused");

    if ((await bo.page.locator("[data-status]").getAttribute("data-status")) === "refused") {
      const download = bo.page.waitForEvent("download");
      await bo.page
        .getByRole("button", { name: /Download \d+ changes? that/ })
        .first()
        .click();
      const kept = await readFile(await (await download).path(), "utf8");
      assert.match(kept, /what is not in the draft/);
      const whole = /in review(.*)\./.exec(kept.slice(kept.indexOf("The whole text")))?.[1] ?? "";
      assert.ok(
        all.startsWith(whole) && whole.length > taken.length,
        `the rescue has “${whole}”, the draft “${taken}”`,
      );
      await bo.page.reload();
      await bo.sees("in review");
    }
    await bo.page.getByText("Read only: the draft is final").waitFor();
    assert.equal(
      (await bo.text.getAttribute("contenteditable").then((value) => value === "false" || value === null)) ||
        (await bo.text.getAttribute("aria-readonly")) === "true",
      true,
    );
    assert.equal(await draft.markdown(), final);
    await bo.look("final");
    assert.deepEqual([...chair.complaints, ...bo.complaints], []);
    await Promise.all([chair.close(), bo.close()]);
  });
});

describe("deleting a draft", () => {
  test("takes its title, ends the work of others, and can be taken back", async () => {
    const draft = await makeDraft(house.site, "Old routes", SOURCE);
    const [chair, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
    await Promise.all([chair.join(draft.links.facilitator, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
    await bo.status("saved");
    await chair.choose("Delete the draft");
    const dialog = chair.page.getByRole("dialog", { name: "Delete the draft" });
    const remove = dialog.getByRole("button", { name: "Delete the draft" });
    assert.equal(await remove.isDisabled(), true);
    await dialog.getByLabel(/To confirm, type the title/).fill("Old route");
    assert.equal(await remove.isDisabled(), true);
    await dialog.getByLabel(/To confirm, type the title/).fill("Old routes");
    await chair.look("delete");
    await remove.click();
    await dialog.getByText("It can still be brought back").waitFor();
    await bo.status("gone");
    await bo.page.getByRole("button", { name: "Download a copy" }).waitFor();
    const stranger = await somebody(house.browser);
    await stranger.page.goto(draft.links.editor);
    await stranger.page.getByRole("heading", { name: /no such draft|not valid/ }).waitFor();
    await dialog.getByRole("button", { name: "Bring it back" }).click();
    await dialog.waitFor({ state: "detached" });
    await stranger.page.reload();
    await stranger.join(draft.links.editor, "Stranger");
    await stranger.sees("too far");
    await bo.page.reload();
    await bo.status("saved");
    await bo.typeAfter("too far", " again");
    await stranger.sees("too far again");
    await Promise.all([chair.close(), bo.close(), stranger.close()]);
  });
});
