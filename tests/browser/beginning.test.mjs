// In which language a draft begins: that of the interface, or one that is chosen for it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { somebody, until } from "./lib/people.mjs";

const house = openHouse();

/** Makes a draft of the page as it is set, and opens it as its facilitator, as a guest. */
async function begin(person, title) {
  const { page } = person;
  await page.locator("#title").fill(title);
  await page.locator("form button[type=submit]").click();
  const link = await until(
    () =>
      page.evaluate(() =>
        [...document.querySelectorAll("input")].map((field) => field.value).find((value) => /\/d\/.+#/.test(value)),
      ),
    "the links are shown",
  );
  await person.join(Object.assign(new URL(link), { host: new URL(house.site.address).host }).href);
}

const BEGINNINGS = [
  { language: "es", written: "es", dir: "ltr", says: "Resumen" },
  { language: "ar", written: "ar", dir: "rtl", says: "موجز تنفيذي" },
  { language: "fr", written: "fr", dir: "ltr", says: "Résumé" },
  { language: null, written: "en-GB", dir: "ltr", says: "Executive summary" },
  { language: null, choose: "ru", written: "ru", dir: "ltr", says: "Резюме" },
  { language: "fr", choose: "zh", written: "zh", dir: "ltr", says: "内容提要" },
];

for (const { language, choose, written, dir, says } of BEGINNINGS) {
  test(`the template in ${written}, from an interface in ${language ?? "English"}`, async () => {
    const person = await somebody(house.browser, { language });
    await person.page.goto(house.site.address);
    const field = person.page.locator("#language");
    assert.equal(await field.inputValue(), choose ? (language ?? "en-GB") : written);
    if (choose) await field.selectOption(choose);
    await person.look(`begin-${written}`);
    await begin(person, "Routes");
    await person.page.locator(".cm-line", { hasText: says }).first().waitFor();
    // Spelling and direction go by the text, whatever the interface speaks.
    await until(async () => (await person.text.getAttribute("lang")) === written, "the text says its language");
    assert.equal(
      await person.page
        .locator(".cm-line", { hasText: says })
        .first()
        .evaluate((line) => getComputedStyle(line).direction),
      dir,
    );
    assert.deepEqual(person.complaints, []);
    await person.close();
  });
}

test("an empty page is written in the language that was chosen, and a bundle keeps its own", async () => {
  const person = await somebody(house.browser);
  await person.page.goto(house.site.address);
  await person.page.getByRole("radio", { name: /An empty page/ }).check();
  await person.page.getByLabel("Language of the draft").selectOption("ar");
  await begin(person, "فارغ");
  await until(async () => (await person.text.getAttribute("lang")) === "ar", "the empty text has the language");
  await person.page.goto(house.site.address);
  await person.page.getByRole("radio", { name: /Your own text/ }).check();
  await person.page.getByLabel("Language of the draft").waitFor();
  await person.page.locator("#file").setInputFiles({
    name: "kept.plenary",
    mimeType: "application/octet-stream",
    buffer: Buffer.from("PK"),
  });
  await person.page.getByLabel("Language of the draft").waitFor({ state: "detached" });
  assert.deepEqual(person.complaints, []);
  await person.close();
});
