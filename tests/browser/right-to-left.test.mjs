// The whole interface in Arabic, as somebody uses it who reads from right to left: what every view shows,
// with axe's verdict; names, numbers and addresses in Latin letters within it; keys that follow the line.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE =
  "# نطاق التقرير\n\nالأمن للجميع[^1].\n\n## المصطلحات\n\nعبارة «route leak» تعني مساراً.\n\n| الخطر | من |\n| --- | --- |\n| الكوابل | الجميع |\n\n## الطريقة\n\nاجتمع الفريق.\n\n[^1]: حاشية.\n";
const TITLE = "أمن الإنترنت";

/** Somebody who joined under an Arabic name. */
async function salmaJoins(view, link) {
  const salma = await somebody(house.browser, { view, language: "ar" });
  await salma.page.goto(link);
  await salma.page.getByLabel("الاسم", { exact: true }).fill("سلمى حداد");
  await salma.page.getByLabel("مجموعة أصحاب المصلحة").selectOption({ label: "الحكومات" });
  await salma.page.getByRole("button", { name: "الانضمام إلى المسودة" }).click();
  await salma.text.waitFor();
  await salma.status("saved");
  return salma;
}

/** Where something begins and ends on the screen, in pixels from the left. */
async function span(locator) {
  const { x, width } = await locator.boundingBox();
  return { from: x, to: x + width };
}

for (const view of [VIEWS[0], VIEWS[3]]) {
  const isPhone = view.viewport.width < 600;

  test(`${view.name}: every view in Arabic`, async () => {
    const draft = await makeDraft(house.site, TITLE, SOURCE);
    const salma = await somebody(house.browser, { view, language: "ar" });
    const { page } = salma;
    await page.goto(house.site.address);
    await page.getByRole("heading", { name: "بدء مسودة" }).waitFor();
    await salma.look("rtl-start");
    await page.goto(draft.links.facilitator);
    const name = page.getByLabel("الاسم", { exact: true });
    // A field that is empty begins where the line does, and then follows what is written.
    assert.equal(await name.evaluate((field) => getComputedStyle(field).direction), "rtl");
    await salma.look("rtl-join");
    await name.fill("Salma Haddad");
    assert.equal(await name.evaluate((field) => getComputedStyle(field).direction), "ltr");
    await page.getByRole("button", { name: "الانضمام إلى المسودة" }).click();
    await salma.text.waitFor();
    await salma.status("saved");
    const bo = await somebody(house.browser);
    await bo.join(draft.links.editor, "Bo Li");
    await bo.typeAfter("اجتمع الفريق", " And more.");
    await salma.sees("And more");
    await salma.status("saved");

    await page.locator(".people[aria-haspopup=menu]").click();
    await page.getByRole("menuitem", { name: /Bo Li/ }).waitFor();
    await salma.look("rtl-people-here");
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });

    if (isPhone) {
      await page.getByRole("button", { name: "المخطط" }).click();
      await page.getByRole("dialog", { name: "المخطط" }).waitFor();
      await salma.look("rtl-outline");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }

    // A menu that opens from the menu stays in the window.
    await page.getByRole("button", { name: "القائمة" }).click();
    await page.getByRole("menuitem", { name: /^اللغة/ }).click();
    const languages = page.getByRole("menu").nth(1);
    await languages.getByText("Русский").waitFor();
    await until(async () => {
      const { from, to } = await span(languages);
      return from >= 0 && to <= view.viewport.width;
    }, "the languages are in the window");
    await salma.look("rtl-languages");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByRole("menu").first().waitFor({ state: "detached" });

    for (const dialog of [
      "مشاركة",
      "السجل",
      "الأشخاص",
      "صفحة العنوان",
      "إعدادات المسودة",
      "الدليل",
      "اختصارات لوحة المفاتيح",
      "حذف المسودة",
    ]) {
      const button = page.locator(".topbar .wide").getByRole("button", { name: dialog, exact: true });
      if (await button.isVisible()) await button.click();
      else await salma.choose(new RegExp(`^${dialog}`));
      const open = page.getByRole("dialog", { name: dialog });
      await open.waitFor();
      if (dialog === "السجل") await open.getByRole("slider").first().waitFor();
      if (dialog === "الدليل") await open.getByRole("heading", { level: 3 }).first().waitFor();
      // The cross stands where the line ends, and nothing that the dialog says lies under it.
      const [cross, title] = [
        await span(open.getByRole("button", { name: "إغلاق" })),
        await span(open.getByRole("heading", { name: dialog }).first()),
      ];
      assert.ok(cross.to <= title.from, `${dialog}: the cross stands to the left of the title`);
      await salma.look(`rtl-${dialog}`);
      await page.keyboard.press("Escape");
      await open.waitFor({ state: "detached" });
    }

    await page.getByRole("button", { name: "تحرير الجدول" }).first().click();
    const table = page.getByRole("dialog", { name: "تحرير الجدول" });
    const [first, second] = [
      await span(table.getByLabel("رأس العمود 1")),
      await span(table.getByLabel("رأس العمود 2")),
    ];
    assert.ok(first.from >= second.to, "the first column of the form stands at the right");
    await salma.look("rtl-table");
    await page.keyboard.press("Escape");
    await table.waitFor({ state: "detached" });

    await salma.text.focus();
    await page.keyboard.press("Control+f");
    const close = await span(page.locator(".cm-search [name=close]"));
    for (const control of await page.locator(".cm-search").locator(":is(button, input):not([name=close])").all()) {
      const { from } = await span(control);
      assert.ok(from >= close.to, "the search panel's cross covers nothing");
    }
    await salma.look("rtl-search");
    await page.keyboard.press("Escape");

    const reader = await somebody(house.browser, { view, language: "ar" });
    await reader.page.goto(draft.links.viewer);
    await reader.page.frameLocator("iframe").locator("h1").first().waitFor();
    await reader.look("rtl-reader");
    assert.deepEqual([...salma.complaints, ...reader.complaints], []);
    await Promise.all([salma.close(), bo.close(), reader.close()]);
  });
}

describe("in Arabic", () => {
  test("names, numbers and addresses keep their own direction within the sentence", async () => {
    const draft = await makeDraft(house.site, TITLE, SOURCE);
    const salma = await salmaJoins(VIEWS[0], draft.links.facilitator);
    const { page } = salma;
    const bo = await somebody(house.browser);
    await bo.join(draft.links.editor, "Bo Li (ITU)");
    await bo.cursorAfter("اجتمع الفريق");
    await bo.page.keyboard.press("Control+Shift+ArrowRight");
    await bo.page.keyboard.press("Control+Alt+m");
    await bo.page.getByPlaceholder("Your comment").fill("2 words?");
    await bo.page.keyboard.press("Control+Enter");
    // The name is kept apart from the number before it and from what follows.
    const comment = page.getByRole("article", {
      name: "التعليق 1، من \u2068Bo Li (ITU)\u2069",
    });
    await comment.waitFor();
    // The count of words: a number, then the noun in the form that Arabic has for that number.
    await until(
      async () => /^\d+ كلم(?:ة|ات)$/.test(await page.locator(".status .words").innerText()),
      "the count of words is an Arabic phrase",
    );
    const count = await page.locator(".status .words").evaluate((element) => {
      const node = element.firstChild;
      const range = document.createRange();
      const left = (from, to) => {
        range.setStart(node, from);
        range.setEnd(node, to);
        return range.getBoundingClientRect().left;
      };
      const digits = /^\d+/.exec(node.textContent)[0].length;
      return {
        number: left(0, digits),
        noun: left(digits + 1, node.textContent.length),
      };
    });
    assert.ok(count.number > count.noun, "the number stands to the right of its noun, where reading begins");
    await page
      .locator("[data-status=saved]", {
        hasText: /^حُفظ على الخادم في الساعة \d\d:\d\d$/,
      })
      .waitFor();

    await page.getByRole("button", { name: "مشاركة", exact: true }).click();
    const share = page.getByRole("dialog", { name: "مشاركة" });
    await share.getByRole("button", { name: "إنشاء رابط" }).click();
    const link = share.locator(".copy input").first();
    await link.waitFor();
    assert.equal(await link.evaluate((field) => getComputedStyle(field).direction), "ltr");
    assert.match(await link.inputValue(), /^http/);
    assert.deepEqual(salma.complaints, []);
    await Promise.all([salma.close(), bo.close()]);
  });

  test("arrow keys go where they point", async () => {
    const draft = await makeDraft(house.site, TITLE, SOURCE);
    const salma = await salmaJoins(VIEWS[0], draft.links.facilitator);
    const { page } = salma;
    const focused = () =>
      page.evaluate(
        () => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim(),
      );

    // Tools: the next one stands to the left.
    await page.getByRole("toolbar").getByRole("button").first().focus();
    assert.match(await focused(), /تراجع/);
    await page.keyboard.press("ArrowLeft");
    assert.match(await focused(), /إعادة/);
    await page.keyboard.press("ArrowRight");
    assert.match(await focused(), /تراجع/);

    // The outline: a part folds back to where the line begins, and out to where it goes on.
    const outline = page.getByRole("navigation", { name: "المخطط" });
    const fold = outline.getByRole("button", { name: "أجزاء «نطاق التقرير»" });
    await outline.getByRole("button", { name: "نطاق التقرير", exact: true }).focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await fold.getAttribute("aria-expanded"), "false");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await fold.getAttribute("aria-expanded"), "true");

    // The guide's tabs.
    await salma.choose("الدليل");
    await page.getByRole("tab", { name: "المشاركة" }).focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.getByRole("tab", { name: "تيسير مسودة" }).getAttribute("aria-selected"), "true");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    // The slider of the past: earlier is at the right.
    await salma.cursorAfter("اجتمع");
    await page.keyboard.type(" x");
    await until(async () => (await draft.markdown()).includes(" x"), "what was typed is saved");
    await salma.status("saved");
    await page.getByRole("button", { name: "السجل", exact: true }).click();
    const [earlier, later] = [
      page.getByRole("slider", { name: "اللحظة الأسبق" }),
      page.getByRole("slider", { name: "اللحظة الأحدث" }),
    ];
    await later.waitFor();
    assert.ok((await span(earlier)).from > (await span(later)).to, "time runs from right to left");
    await earlier.focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await earlier.getAttribute("aria-valuenow"), await later.getAttribute("aria-valuenow"));
    await page.keyboard.press("ArrowRight");
    assert.equal(await earlier.getAttribute("aria-valuenow"), "0");
    assert.deepEqual(salma.complaints, []);
    await salma.close();
  });
});

test("the form of an Arabic table runs as the table does, in an English interface too", async () => {
  const draft = await makeDraft(house.site, "Tables", `${SOURCE}\n| Risk | Who |\n| --- | --- |\n| Cables | All |\n`);
  const amina = await somebody(house.browser);
  await amina.join(draft.links.editor, "Amina Diallo");
  for (const [index, isFirstRight] of [
    [0, true],
    [1, false],
  ]) {
    await amina.page.getByRole("button", { name: "Edit table" }).nth(index).click();
    const form = amina.page.getByRole("dialog", { name: "Edit table" });
    const [first, second] = [
      await span(form.getByLabel("Heading of column 1")),
      await span(form.getByLabel("Heading of column 2")),
    ];
    assert.equal(first.from >= second.to, isFirstRight);
    await amina.page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
  }
  assert.deepEqual(amina.complaints, []);
  await amina.close();
});
