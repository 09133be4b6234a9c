// People beside each other: following somebody, quiet mode, and a part dragged while somebody types in it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { longReport, openHouse } from "./lib/house.mjs";
import { listenTo, makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();

/** Two people in one draft, the first as Amina Diallo and the second as Bo Li. */
async function two(title, markdown) {
  const draft = await makeDraft(house.site, title, markdown);
  const [amina, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await Promise.all([amina.join(draft.links.facilitator, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
  return {
    draft,
    amina,
    bo,
    close: () => Promise.all([amina.close(), bo.close()]),
  };
}

const outline = (person) => person.page.getByRole("navigation", { name: "Outline" });
const chapter = (person, name) => outline(person).getByRole("button", { name: new RegExp(`${name}$`) });

/** 400 % of a window of 1280 by 1024 pixels leaves this. */
const ZOOMED = {
  name: "zoomed",
  viewport: { width: 320, height: 256 },
  colours: "light",
};

describe("following somebody", () => {
  for (const view of [VIEWS[2], ZOOMED]) {
    test(`that one follows covers no text, is said once, and ends by keyboard: ${view.name}`, async () => {
      const draft = await makeDraft(house.site, "Following in little room", longReport(4));
      const [amina, bo] = await Promise.all([somebody(house.browser, { view }), somebody(house.browser)]);
      await Promise.all([amina.join(draft.links.facilitator, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
      const { page } = amina;
      const said = await listenTo(page);
      await page.getByRole("button", { name: /2 people are here/ }).click();
      await page.getByRole("menuitem", { name: /Bo Li/ }).click();
      const stop = page.getByRole("button", { name: "Stop following" });
      await stop.waitFor();
      await until(async () => (await said()).some((words) => words.includes("Following Bo Li")), "it is said");
      const places = await page.evaluate(() => {
        const box = (one) => one.getBoundingClientRect();
        // In so little room the page is longer than the window.
        document.querySelector(".status .following").scrollIntoView({ block: "nearest" });
        const [chip, paper] = [
          box(document.querySelector(".status .following")),
          box(document.querySelector(".paper")),
        ];
        return {
          chip: [chip.top, chip.bottom, chip.left, chip.right],
          paper: [paper.top, paper.bottom],
          window: [innerWidth, innerHeight],
        };
      });
      const { chip, paper, window } = places;
      assert.ok(
        chip[0] >= paper[1] && paper[1] - paper[0] > 60,
        `it stands below the text, which keeps room: ${JSON.stringify(places)}`,
      );
      assert.ok(
        chip[2] >= 0 && chip[3] <= window[0] && chip[1] <= window[1],
        `all of it is in sight: ${JSON.stringify(places)}`,
      );
      await amina.look("following");
      await stop.focus();
      await page.keyboard.press("Enter");
      await stop.waitFor({ state: "detached" });
      await until(
        async () => (await said()).some((words) => words.includes("No longer following Bo Li")),
        "the end is said",
      );
      assert.equal((await said()).filter((words) => words === "Following Bo Li").length, 1);
      assert.ok(
        await page.evaluate(() => document.activeElement?.classList.contains("paper")),
        "the keyboard is in the text's place",
      );
      assert.deepEqual([...amina.complaints, ...bo.complaints], []);
      await Promise.all([amina.close(), bo.close()]);
    });
  }

  test("the view goes where they go and where they write, until one does something oneself", async () => {
    const { amina, bo, close } = await two("Following", longReport());
    const { page } = amina;
    await chapter(bo, "Chapter 28").click();
    await page.getByRole("button", { name: /2 people are here/ }).click();
    await page.getByRole("menuitem", { name: /Bo Li/ }).click();
    await amina.looksAt("Opening words of chapter 28.");

    await chapter(bo, "Chapter 3").click();
    await amina.looksAt("Opening words of chapter 3.");
    await bo.page.keyboard.press("End");
    await bo.page.keyboard.type(" that Bo writes in");
    await amina.looksAt("Chapter 3 that Bo writes in");
    await chapter(bo, "Chapter 17").click();
    await amina.looksAt("Opening words of chapter 17.");

    // Bo reads on without putting the cursor anywhere: the view goes along, and that is said on the page.
    await page.getByText("Following Bo Li").first().waitFor();
    await bo.page.mouse.move(640, 500);
    for (const words of ["Opening words of chapter 19.", "Opening words of chapter 22."]) {
      await until(async () => {
        await bo.page.mouse.wheel(0, 300);
        return bo.shows(words);
      }, `Bo scrolls to ${words}`);
      await amina.looksAt(words);
    }

    // Whoever scrolls wants to look elsewhere: following ends, and is said to have ended.
    const said = await listenTo(page);
    await page.mouse.move(640, 500);
    await page.mouse.wheel(0, -400);
    await until(
      async () => (await said()).some((sentence) => /No longer following Bo Li/.test(sentence)),
      "the end is said",
    );
    assert.equal(await page.getByRole("button", { name: "Stop following" }).count(), 0);
    await page.getByRole("button", { name: /2 people are here/ }).click();
    await page.getByRole("menuitem", { name: /Bo Li/ }).click();
    await chapter(bo, "Chapter 12").click();
    await amina.looksAt("Opening words of chapter 12.");
    await amina.look("following");

    // Whoever writes wants to see what they write: following ends.
    await amina.text.focus();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("Mine: ");
    await amina.looksAt("Mine: ");
    await chapter(bo, "Chapter 25").click();
    await outline(amina).locator("li", { hasText: "Chapter 25" }).getByRole("img", { name: "Bo Li" }).waitFor();
    await amina.looksAt("Mine: ");
    await page.getByRole("button", { name: /2 people are here/ }).click();
    await page.getByRole("menuitem", { name: /Bo Li.*Follow$/ }).waitFor();
    assert.deepEqual([...amina.complaints, ...bo.complaints], []);
    await close();
  });
});

describe("quiet mode", () => {
  test("hides other people's cursors and says nothing of their coming and going, also after a reload", async () => {
    const { draft, amina, bo, close } = await two("Quiet", "# Scope\n\nSome words.\n");
    const cursor = amina.page.locator(".cm-peer");
    await bo.cursorAfter("Some");
    await amina.page.locator('.cm-peer[data-name="Bo Li"]').waitFor();
    await amina.choose("Quiet mode Hides other people’s cursors");
    await cursor.waitFor({ state: "detached" });
    await amina.page.reload();
    await amina.page.getByRole("button", { name: /2 people are here/ }).waitFor();

    // Somebody comes: the bar shows it, and those who hear the page are not told.
    const said = await listenTo(amina.page);
    const rita = await somebody(house.browser);
    await rita.join(draft.links.reviewer, "Rita Ortega");
    await amina.page.getByRole("button", { name: /3 people are here/ }).waitFor();
    await rita.leave();
    await amina.page.getByRole("button", { name: /2 people are here/ }).waitFor();
    assert.deepEqual(
      (await said()).filter((sentence) => /Rita|Bo/.test(sentence)),
      [],
    );
    assert.equal(await cursor.count(), 0);

    await amina.choose("Quiet mode Hides other people’s cursors");
    await cursor.waitFor();
    await rita.close();
    await close();
  });
});

describe("several tabs", () => {
  test("oneself in another tab is nobody else, and words go between the tabs", async () => {
    const { amina, bo, close } = await two("Tabs", "# Scope\n\nThe scope.\n");
    const second = await amina.context.newPage();
    await second.goto(amina.page.url());
    await second.locator(".cm-line", { hasText: "The scope." }).click();
    await second.keyboard.press("End");
    await second.keyboard.type(" From the second tab.");
    await amina.sees("From the second tab.");
    await bo.sees("From the second tab.");
    for (const page of [amina.page, second, bo.page])
      await page.getByRole("button", { name: "2 people are here" }).waitFor();
    await close();
  });
});

describe("a part is dragged in the outline", () => {
  test("by mouse, and what somebody types in it meanwhile moves along", async () => {
    const source =
      "# Scope\n\nThe scope.\n\n# Terms\n\nA leak is a route that went too far.\n\n# Methods\n\nThe group met twice.\n";
    const { draft, amina, bo, close } = await two("Dragging", source);
    await bo.cursorAfter("too far");
    await bo.page.keyboard.type(" one");
    await amina.sees("too far one");
    const row = (name) => outline(amina).locator("li", { hasText: name });
    await Promise.all([
      row("Terms").dragTo(row("Scope")),
      bo.page.keyboard.type(" two three four five", { delay: 30 }),
    ]);
    const moved = /^# Terms[\s\S]*too far one two three four five\.[\s\S]*# Scope[\s\S]*# Methods/;
    await until(async () => moved.test(await draft.markdown()), "the part stands first, with what was typed meanwhile");
    await row("Terms").first().waitFor();
    assert.match(await outline(amina).locator("li").first().innerText(), /Terms/);

    // One undo puts the part back, and leaves the other's words in it.
    await amina.text.focus();
    await amina.page.keyboard.press("Control+z");
    await until(
      async () => /^# Scope[\s\S]*# Terms[\s\S]*one two three four five\.[\s\S]*# Methods/.test(await draft.markdown()),
      "the part is back in its place",
    );
    assert.deepEqual([...amina.complaints, ...bo.complaints], []);
    await close();
  });

  test("let go over the text by mistake, it writes nothing there", async () => {
    const source = "# Scope\n\nThe scope.\n\n# Terms\n\nThe terms.\n";
    const { draft, amina, close } = await two("Let go", source);
    await outline(amina)
      .locator("li", { hasText: "Terms" })
      .dragTo(amina.page.locator(".cm-line", { hasText: "The scope." }));
    // What is typed afterwards comes to the draft later than what the drop would have written.
    await amina.typeAfter("The scope.", " Its end.");
    await until(
      async () => (await draft.markdown()) === source.replace("The scope.", "The scope. Its end."),
      "nothing but what was typed",
    ).catch(async (error) => {
      throw new Error(`${error.message}\n${await draft.markdown()}`);
    });
    await close();
  });
});
