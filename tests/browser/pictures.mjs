// Takes pictures of the editor for the README and the guides, from the sample report, so that they stay
// true. Usage: node pictures.mjs OUTPUT_FOLDER; `cargo xtask pictures` sees to relay, editor and Chromium.
//
// Names, times, zone and sizes are fixed and motion is off, so that a picture changes when the interface
// does and hardly otherwise. Links are drawn at random; pictures show invented ones.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { openBrowser } from "./lib/browser.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";
import { startRelay } from "./lib/relay.mjs";
import { openSite } from "./lib/site.mjs";

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node pictures.mjs OUTPUT_FOLDER");
  process.exit(2);
}

/** When everything in the pictures happens. */
const NOW = Date.parse("2026-11-20T10:04:00Z");
const MINUTE = 60_000;
const WIDE = {
  name: "wide",
  viewport: { width: 1280, height: 800 },
  colours: "light",
};
const DARK = { ...WIDE, colours: "dark" };
const PHONE = {
  name: "phone",
  viewport: { width: 390, height: 780 },
  colours: "light",
};
const sample = await readFile(
  fileURLToPath(new URL("../../crates/plenary/templates/sample-report.md", import.meta.url)),
  "utf8",
);
const ARABIC =
  "# نطاق التقرير\n\nيعتمد الناس على **الإنترنت** في رزقهم وصحتهم وسلامتهم. ينظر هذا التقرير في عشرة مخاطر، ويقول لكل منها من يتضرر ومن يستطيع أن يفعل شيئاً[^1].\n\n## المصطلحات\n\nعبارة «route leak» تعني مساراً أُعلن أبعد مما ينبغي.\n\n| الخطر | من يستطيع |\n| --- | --- |\n| انقطاع الكوابل | المشغلون |\n| تحويل المسارات | المشغلون والحكومات |\n\n> [!NOTE]\n> تُغلق المشاورة في نهاية الشهر.\n\n## الطريقة\n\nاجتمع الفريق مرتين في جنيف.\n\n[^1]: وفق ما اتفق عليه الفريق.\n";

await mkdir(folder, { recursive: true });
const [relay, browser] = await Promise.all([startRelay(), openBrowser()]);
const site = await openSite(relay.address);

/** Somebody whose clock stands still, and to whom the relay's times are told as if it stood still there, too. */
async function sitter(view, language = null) {
  const person = await somebody(browser, {
    view,
    language,
    locale: "en-GB",
    timezoneId: "UTC",
    deviceScaleFactor: view === PHONE ? 2 : 1,
  });
  await person.page.clock.setFixedTime(NOW);
  await person.page.route(/\/api\/v1\/drafts\/[^/]+\/(links|history)/, async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    const changes = json.changes ?? [];
    changes.forEach(
      (change, at) => (change.received_ms = NOW - (at === 0 ? 26 * 60 : (changes.length - at) * 0.2) * MINUTE),
    );
    // Who made the draft came with no browser: the relay tells them apart by a random sign.
    if (changes[0]) changes[0].participant = null;
    for (const link of json.links ?? []) if (link.created_ms) link.created_ms = NOW - 3 * 60 * MINUTE;
    await route.fulfill({ response: answer, json });
  });
  return person;
}

/** Writes what the window shows as WebP: a third of the size of PNG at no visible loss. */
async function take(person, name) {
  const { page, context } = person;
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  // Secrets and ports are none of a picture's business.
  await page.evaluate(() => {
    for (const field of document.querySelectorAll(".copy input"))
      field.value = "https://drafts.example.org/d/2Vd4kq9mW1xT#r7Yb3sPzLk8QnA";
    document.querySelectorAll(".cm-cursorLayer").forEach((layer) => (layer.style.animation = "none"));
  });
  const client = await context.newCDPSession(page);
  const { data } = await client.send("Page.captureScreenshot", {
    format: "webp",
    quality: 82,
  });
  const bytes = Buffer.from(data, "base64");
  await writeFile(path.join(folder, `${name}.webp`), bytes);
  console.log(`${name}.webp ${Math.round(bytes.length / 1024)} KB`);
  await client.detach();
}

/** Selects a line's words and comments on them. */
async function comment(person, words, said) {
  await person.cursorAfter(words);
  for (let at = 0; at < words.split(" ").length; at += 1) await person.page.keyboard.press("Control+Shift+ArrowLeft");
  await person.page.keyboard.press("Control+Alt+m");
  await person.page.getByPlaceholder("Your comment").fill(said);
  await person.page.keyboard.press("Control+Enter");
  await person.page.getByText(said).waitFor();
}

/** Three people at work on the sample, and what a chair sees of it. */
async function atWork() {
  const draft = await makeDraft(site, "Ten risks to a secure Internet", sample);
  const amina = await sitter(WIDE);
  const [bo, rita] = [await sitter(WIDE), await sitter(WIDE)];
  await amina.page.goto(draft.links.facilitator);
  await amina.page.getByLabel("Your name").fill("Amina Diallo");
  await amina.page.getByLabel("Organisation (optional)").fill("Ministry of Communications");
  await amina.page.getByLabel("Stakeholder group").selectOption({ label: "Governments" });
  await amina.page.evaluate(() => document.activeElement?.blur());
  await take(amina, "join");
  await amina.page.getByRole("button", { name: "Join the draft" }).click();
  await amina.status("saved");
  await join(bo, draft.links.editor, "Bo Li", "Technical community");
  await join(rita, draft.links.reviewer, "Rita Ortega", "Civil society");
  await comment(rita, "why that person or office did not", "Should the summary name the three cases it rests on?");
  await comment(rita, "open to improvement", "“Open to improvement” will be hard to translate. “Can be improved”?");
  await amina.page.getByRole("article", { name: /Comment 2/ }).waitFor();
  await amina.page.getByRole("button", { name: /3 people are here/ }).waitFor();
  await bo.cursorAfter("for the pharmacist");
  await bo.page.keyboard.type(" and the shopkeeper");
  await rita.cursorAfter("from the attacker's side");
  await amina.sees("pharmacist and the shopkeeper");
  await amina.page.locator('.cm-peer[data-name="Bo Li"]').waitFor();
  await amina.page.locator('.cm-peer[data-name="Rita Ortega"]').waitFor();
  await show(amina, "Executive summary");
  await amina.status("saved");
  return { draft, amina, bo, rita };
}

async function join(person, link, name, group) {
  await person.page.goto(link);
  await person.page.getByLabel("Your name").fill(name);
  await person.page.getByLabel("Stakeholder group").selectOption({ label: group });
  await person.page.getByRole("button", { name: "Join the draft" }).click();
  await person.text.waitFor();
}

/** Puts a heading at the top of the window, and the keyboard nowhere. */
async function show(person, heading) {
  const { page } = person;
  await page.getByRole("navigation", { name: "Outline" }).getByRole("button", { name: heading }).first().click();
  await person.looksAt(heading);
  await page.evaluate(() => document.activeElement?.blur());
  await page.mouse.move(2, 400);
}

try {
  const start = await sitter(WIDE);
  await start.page.goto(site.address);
  await start.page.getByLabel("Title of the new draft").fill("Ten risks to a secure Internet");
  await start.page.evaluate(() => document.activeElement?.blur());
  await take(start, "start");
  await start.close();

  const { draft, amina, bo, rita } = await atWork();
  await take(amina, "editor");
  await amina.page.emulateMedia({ colorScheme: "dark" });
  await take(amina, "editor-dark");
  await amina.page.emulateMedia({ colorScheme: "light" });

  await amina.page.getByRole("article", { name: /Comment 1/ }).click();
  await amina.page
    .getByRole("article", { name: /Comment 1/ })
    .getByRole("button", { name: "Reply" })
    .click();
  await amina.page.getByPlaceholder("Reply").fill("Yes: the eruption, the leak and the hospital.");
  // The cards below make room for the reply.
  await until(
    () =>
      amina.page.evaluate(() => {
        const [first, second] = [...document.querySelectorAll(".margin .place")].map((place) =>
          place.getBoundingClientRect(),
        );
        return second.top >= first.bottom;
      }),
    "the cards do not overlap",
  );
  await take(amina, "comments");
  await amina.page.keyboard.press("Escape");

  await amina.page.getByRole("button", { name: "Share", exact: true }).click();
  await amina.page.getByLabel("Label (optional)").fill("Working group, second reading");
  await amina.page.getByLabel("Expires").selectOption("30");
  await amina.page.getByRole("button", { name: "Make a link" }).click();
  await amina.page.getByText("this link is shown only now").waitFor();
  await amina.page.evaluate(() => document.activeElement?.blur());
  await take(amina, "share");
  await amina.page.keyboard.press("Escape");

  await amina.page.getByRole("button", { name: "History" }).click();
  const past = amina.page.getByRole("dialog", { name: "History" });
  await past.locator("ins", { hasText: "and the shopkeeper" }).waitFor();
  await until(async () => (await past.locator("ins").first().getAttribute("title")) === "Bo Li", "who added it");
  await amina.page.evaluate(() => document.activeElement?.blur());
  await take(amina, "history");
  await amina.page.keyboard.press("Escape");

  const pocket = await sitter(PHONE);
  await join(pocket, draft.links.editor, "Chen Wei", "Academia");
  await pocket.status("saved");
  await pocket.page.getByRole("button", { name: "Outline" }).click();
  await pocket.page.getByRole("dialog", { name: "Outline" }).getByRole("button", { name: "Executive summary" }).click();
  await pocket.looksAt("Executive summary");
  await pocket.page.evaluate(() => document.activeElement?.blur());
  await take(pocket, "phone");
  await Promise.all([amina.close(), bo.close(), rita.close(), pocket.close()]);

  const text = await makeDraft(site, "عشرة مخاطر على أمن الإنترنت", ARABIC);
  const salma = await sitter(WIDE, "ar");
  await salma.page.goto(text.links.editor);
  await salma.page.locator(".join .link-button").click();
  await salma.status("saved");
  await salma.page.locator(".cm-table").waitFor();
  await take(salma, "right-to-left");
  await salma.close();
} finally {
  await browser.close();
  await site.stop();
  await relay.stop();
}
