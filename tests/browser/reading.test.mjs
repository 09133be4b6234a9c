// The light page for those who only read: it follows the draft, says its stage, and needs no editor.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is wide.\n\n| Risk | Share |\n| --- | ---: |\n| Cables | 4 |\n";

/** The light page's address for a link. */
const lightly = (link) => link.replace("/d/", "/read/");

describe("the light page", () => {
  test("follows the draft while somebody writes, and says when it is final", async () => {
    const draft = await makeDraft(house.site, "For readers", SOURCE);
    const [chair, reader] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
    const hosts = new Set();
    let bytes = 0;
    reader.page.on("request", (request) => hosts.add(new URL(request.url()).host));
    reader.page.on("response", async (response) => {
      bytes += (await response.body().catch(() => "")).length;
    });
    await reader.page.goto(lightly(draft.links.viewer));
    const text = reader.page.frameLocator("#reader");
    await text.getByText("The scope is wide.").waitFor();
    assert.equal(await reader.page.locator("#draft-title").textContent(), "For readers");
    assert.deepEqual([...hosts].filter(Boolean), [new URL(house.site.address).host]);
    assert.ok(bytes < 200_000, `the light page took ${bytes} bytes`);

    await chair.join(draft.links.facilitator, "Amina Diallo");
    await chair.typeAfter("scope is wide", " and open");
    await reader.page.getByText("The draft has changed since you opened it.").first().waitFor();
    assert.equal(await text.getByText("wide and open").count(), 0, "what is being read does not move by itself");
    // While somebody types, what was asked for may be followed by something newer still.
    const latest = reader.page.getByRole("button", { name: "Show the latest" });
    await until(async () => {
      if (await latest.isVisible()) await latest.click();
      return (await text.getByText("The scope is wide and open.").count()) > 0;
    }, "the reader sees the latest");

    await chair.choose("Draft settings");
    const dialog = chair.page.getByRole("dialog", { name: "Draft settings" });
    await dialog.getByLabel("Stage").selectOption("Final");
    await dialog.getByRole("button", { name: "Change the stage" }).click();
    await chair.page.getByText("Read only: the draft is final").waitFor();
    await reader.page.reload();
    await reader.page.locator("#draft-stage", { hasText: "Final" }).waitFor();
    await text.getByText("The scope is wide and open.").waitFor();
    assert.deepEqual([...chair.complaints, ...reader.complaints], []);
    await Promise.all([chair.close(), reader.close()]);
  });

  for (const view of VIEWS) {
    test(`is readable: ${view.name}`, async () => {
      const draft = await makeDraft(house.site, "For readers", SOURCE);
      const reader = await somebody(house.browser, { view });
      await reader.page.goto(lightly(draft.links.viewer));
      const text = reader.page.frameLocator("#reader");
      await text.getByRole("cell", { name: "Cables" }).waitFor();
      await reader.look("read");
      // No role but the link's own: a reader is offered no history and no command to write.
      assert.equal(await reader.page.locator("#bundle-item").isVisible(), false);
      assert.equal(await reader.page.locator("#co-edit").isVisible(), false);
      assert.deepEqual(reader.complaints, []);
      await reader.close();
    });
  }

  test("without JavaScript the whole link is pasted into a form, and the text is there", async () => {
    const draft = await makeDraft(house.site, "Plainly", SOURCE);
    const reader = await somebody(house.browser, { javaScriptEnabled: false });
    await reader.page.goto(lightly(draft.links.viewer));
    await reader.page.getByLabel("Link").fill(draft.links.viewer);
    await reader.page.getByRole("button", { name: "Read" }).click();
    await reader.page.getByText("The scope is wide.").waitFor();
    await reader.close();
  });

  test("a reader whose link is revoked is told, and sees no more of it", async () => {
    const draft = await makeDraft(house.site, "Withdrawn", SOURCE);
    const reader = await somebody(house.browser);
    const secret = new URL(draft.links.facilitator).hash.slice(1);
    const api = (method, rest) =>
      fetch(`${house.site.address}/api/v1/drafts/${draft.id}${rest}`, {
        method,
        headers: { Authorization: `Bearer ${secret}`, "Plenary-Request": "1" },
      }).then((answer) => answer.json());
    await reader.page.goto(lightly(draft.links.viewer));
    await reader.page.frameLocator("#reader").getByText("The scope is wide.").waitFor();
    const { links } = await api("GET", "/links");
    await api("DELETE", `/links/${links.find((link) => link.role === "viewer").id}`);
    await reader.page.getByRole("heading", { name: "This link is not valid" }).waitFor();
    await until(async () => !(await reader.page.locator("#reader").isVisible()), "the text is gone");
    await reader.close();
  });
});
