// The languages of the United Nations: chosen in the interface, without a word of English left, each
// fetched only by those who chose it, and there again without a network.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# 1\n\nالأمن[^1].\n\n| 2 | 3 |\n| --- | --- |\n| 4 | 5 |\n\n> [!NOTE]\n> 6\n\n- [ ] 7\n\n[^1]: 8\n";
const LANGUAGES = [
  { tag: "ar", name: "العربية", saved: /حُفظ على الخادم/ },
  { tag: "zh", name: "中文", saved: /保存到服务器/ },
  { tag: "fr", name: "Français", saved: /Enregistré sur le serveur/ },
  { tag: "ru", name: "Русский", saved: /Сохранено на сервере/ },
  { tag: "es", name: "Español", saved: /Guardado en el servidor/ },
];
/** Words that the interface says in English wherever one looks; none of them is a word of another of its languages. */
const ENGLISH =
  /\b(?:Saved|History|Outline|Share|Comments?|words?|Heading|Footnote|Draft|Undo|Search|Edit|Table|Title page|People|here|away|Governments)\b/;

for (const { tag, name, saved } of LANGUAGES) {
  test(`${name} is chosen in the menu, and no English is left`, async () => {
    const draft = await makeDraft(house.site, "123", SOURCE);
    const amina = await somebody(house.browser);
    const fetched = [];
    amina.page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
    await amina.join(draft.links.facilitator);
    await amina.status("saved");
    assert.deepEqual(
      fetched.filter((path) => /\/(?:ar|es|fr|ru|zh)-/.test(path)),
      [],
      "English needs no other language's words",
    );
    await amina.choose("Language English", name);
    await amina.page.getByText(saved).waitFor();
    assert.equal(await amina.page.evaluate(() => document.documentElement.lang), tag);
    assert.equal(fetched.filter((path) => new RegExp(`/${tag}-`).test(path)).length, 1);
    assert.equal(
      fetched.filter((path) => /\/(?:ar|es|fr|ru|zh)-/.test(path)).length,
      1,
      "and nobody else's words came with them",
    );
    await amina.page.locator(".people[aria-haspopup=menu]").click();
    await amina.page.getByRole("menu").waitFor();
    const texts = [await amina.page.locator(".workspace").ariaSnapshot()];
    await amina.page.keyboard.press("Escape");
    await amina.page.getByRole("menu").waitFor({ state: "detached" });
    await amina.page.locator(".topbar > [aria-haspopup=menu]").last().click();
    texts.push(await amina.page.getByRole("menu").first().innerText());
    await amina.page.keyboard.press("Escape");
    for (const text of texts) assert.doesNotMatch(text, ENGLISH);
    await amina.page.reload();
    await amina.page.getByText(saved).waitFor();
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
}

test("the chosen language is there without a network, and after it other languages are not kept", async () => {
  const draft = await makeDraft(house.site, "123", SOURCE);
  const bo = await somebody(house.browser, { language: "ru" });
  const { page } = bo;
  await page.goto(draft.links.editor);
  await page.locator(".join .link-button").click();
  await bo.text.waitFor();
  await bo.status("saved");
  const kept = () =>
    page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith("plenary-"));
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests
        .flat()
        .map((request) => /\/(ar|es|fr|ru|zh)-/.exec(new URL(request.url).pathname)?.[1])
        .filter(Boolean);
    });
  await until(async () => (await kept()).includes("ru"), "the worker keeps Russian");
  assert.deepEqual([...new Set(await kept())], ["ru"]);
  house.site.cut();
  await page.reload();
  await page
    .getByText(/изменени|соединени/i)
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Попробовать сейчас" }).waitFor();
  house.site.restore();
  await bo.close();
});

test("a reader whose browser asks for French reads French, the guide as well", async () => {
  const amina = await somebody(house.browser, { locale: "fr-CH" });
  const { page } = amina;
  await page.goto(house.site.address);
  await page.getByRole("heading", { name: "Commencer un projet" }).waitFor();
  await page.getByRole("button", { name: "Guide" }).click();
  const guide = page.getByRole("dialog", { name: "Guide" });
  await guide
    .getByRole("heading", { name: "Donner accès" })
    .or(guide.getByRole("heading", { name: "Rejoindre" }))
    .first()
    .waitFor();
  assert.equal(await guide.locator("article").first().getAttribute("lang"), "fr");
  await guide.getByRole("tab", { name: "Participer" }).click();
  await guide.getByRole("link", { name: "guide de l’animation" }).click();
  await guide.getByRole("heading", { name: "Donner accès" }).waitFor();
  await amina.look("french-guide");
  assert.deepEqual(amina.complaints, []);
  await amina.close();
});
