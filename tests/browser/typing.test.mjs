// How words get into the text beside plain keys, while others type: input methods, dead keys, several
// cursors, text dragged from one place to another, and long pastes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is narrow.\n\n# Terms\n\nThe terms are few.\n";

/** A draft of two sections with Amina and Bo in it. */
async function twoAtWork(title, source = SOURCE) {
  const draft = await makeDraft(house.site, title, source);
  const [amina, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await Promise.all([amina.join(draft.links.editor, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
  return { draft, amina, bo };
}

/** Waits until the relay's text is this; says what it is otherwise. */
function reads(draft, wanted) {
  return until(async () => (await draft.markdown()) === wanted, `the text is not\n${wanted}`).catch(async (error) => {
    throw new Error(`${error.message}\nbut\n${await draft.markdown()}`);
  });
}

async function ended(...people) {
  for (const person of people) {
    assert.deepEqual(person.complaints, []);
    await person.close();
  }
}

test("an input method composes Chinese while somebody else types before it in the same line", async () => {
  const { draft, amina, bo } = await twoAtWork("Composing");
  await amina.cursorAfter("is narrow");
  const keyboard = await amina.context.newCDPSession(amina.page);
  for (const pinyin of ["w", "wa", "wan", "wang"])
    await keyboard.send("Input.imeSetComposition", {
      text: pinyin,
      selectionStart: pinyin.length,
      selectionEnd: pinyin.length,
    });
  // What others write comes in during the composition and must not end or double it.
  await bo.cursorAfter("The scope");
  await bo.page.keyboard.type(" of this report");
  await bo.status("saved");
  await keyboard.send("Input.imeSetComposition", {
    text: "网络",
    selectionStart: 2,
    selectionEnd: 2,
  });
  await keyboard.send("Input.insertText", { text: "网络" });
  await amina.page.keyboard.type("!");
  await reads(draft, SOURCE.replace("The scope is narrow", "The scope of this report is narrow网络!"));
  await amina.sees("of this report is narrow网络!");
  await bo.sees("of this report is narrow网络!");
  // A composition that is given up leaves nothing behind.
  await keyboard.send("Input.imeSetComposition", {
    text: "an",
    selectionStart: 2,
    selectionEnd: 2,
  });
  await keyboard.send("Input.imeSetComposition", {
    text: "",
    selectionStart: 0,
    selectionEnd: 0,
  });
  await amina.page.keyboard.type("?");
  await reads(draft, SOURCE.replace("The scope is narrow", "The scope of this report is narrow网络!?"));
  await ended(amina, bo);
});

test("a dead key and its letter become one letter", async () => {
  const { draft, amina, bo } = await twoAtWork("Dead keys");
  await amina.cursorAfter("are few");
  const keyboard = await amina.context.newCDPSession(amina.page);
  // As Chromium does it on a French keyboard: the accent is composed, then the letter with it inserted.
  for (const [accent, letter] of [
    ["^", "ê"],
    ["¨", "ï"],
  ]) {
    await keyboard.send("Input.dispatchKeyEvent", {
      type: "rawKeyDown",
      key: "Dead",
      code: "BracketLeft",
      windowsVirtualKeyCode: 221,
    });
    await keyboard.send("Input.imeSetComposition", {
      text: accent,
      selectionStart: 1,
      selectionEnd: 1,
    });
    await keyboard.send("Input.dispatchKeyEvent", {
      type: "keyUp",
      key: "Dead",
      code: "BracketLeft",
      windowsVirtualKeyCode: 221,
    });
    await keyboard.send("Input.insertText", { text: letter });
  }
  await reads(draft, SOURCE.replace("are few", "are fewêï"));
  await amina.page.keyboard.press("Backspace");
  await reads(draft, SOURCE.replace("are few", "are fewê"));
  await ended(amina, bo);
});

test("several cursors, in two sections, write and take back at once", async () => {
  const { draft, amina, bo } = await twoAtWork("Several cursors");
  await amina.cursorAfter("scope is");
  const end = await amina.page.evaluate(() => {
    const line = [...document.querySelectorAll(".cm-line")].find((one) => one.textContent.startsWith("The terms"));
    const range = document.createRange();
    const node = document.createTreeWalker(line, NodeFilter.SHOW_TEXT).nextNode();
    range.setStart(node, "The terms are".length);
    range.collapse(true);
    const { left, top, height } = range.getBoundingClientRect();
    return { x: left, y: top + height / 2 };
  });
  await amina.page.keyboard.down("Control");
  await amina.page.mouse.click(end.x, end.y);
  await amina.page.keyboard.up("Control");
  await amina.page.keyboard.type(" very");
  await reads(draft, SOURCE.replace("is narrow", "is very narrow").replace("are few", "are very few"));
  await bo.cursorAfter("The terms");
  await bo.page.keyboard.type(" here");
  await bo.status("saved");
  await amina.sees("The terms here");
  await amina.text.focus();
  await amina.page.keyboard.press("Control+z");
  await reads(draft, SOURCE.replace("The terms", "The terms here"));
  await ended(amina, bo);
});

test("words dragged into another section stand there once, and what others type in their line stays", async () => {
  const { draft, amina, bo } = await twoAtWork("Dragging words");
  const place = (start, word) =>
    amina.page.evaluate(
      ([opening, wanted]) => {
        const line = [...document.querySelectorAll(".cm-line")].find((one) => one.textContent.startsWith(opening));
        const range = document.createRange();
        const node = document.createTreeWalker(line, NodeFilter.SHOW_TEXT).nextNode();
        const at = node.data.indexOf(wanted);
        range.setStart(node, at);
        range.setEnd(node, at + wanted.length);
        const { left, right, top, bottom } = range.getBoundingClientRect();
        return { left, right, x: (left + right) / 2, y: (top + bottom) / 2 };
      },
      [start, word],
    );
  await amina.cursorAfter("is narrow");
  await amina.page.keyboard.press("Control+Shift+ArrowLeft");
  const narrow = await place("The scope", "narrow");
  const few = await place("The terms", "few");
  await amina.page.mouse.move(narrow.x, narrow.y);
  await amina.page.mouse.down();
  // A hand moves a little at first; that is when a browser sees a drag begin.
  await amina.page.mouse.move(narrow.x + 6, narrow.y, { steps: 3 });
  await amina.page.mouse.move(few.left + 2, few.y - 8, { steps: 4 });
  await bo.cursorAfter("The scope");
  await bo.page.keyboard.type(" itself");
  await bo.status("saved");
  await amina.sees("The scope itself");
  await amina.page.mouse.move(few.left, few.y, { steps: 4 });
  await amina.page.mouse.up();
  await reads(draft, "# Scope\n\nThe scope itself is .\n\n# Terms\n\nThe terms are narrowfew.\n");
  // It is one step to take back, and takes back nothing of Bo's.
  await amina.page.keyboard.press("Control+z");
  await reads(draft, SOURCE.replace("The scope", "The scope itself"));
  await ended(amina, bo);
});

test("a long paste is cut into sections at its headings, and somebody else moves one", async () => {
  const { draft, amina, bo } = await twoAtWork("A long paste");
  const chapters = Array.from(
    { length: 40 },
    (_, at) => `# Chapter ${at + 1}\n\n${`Sentence about matter ${at + 1}. `.repeat(60).trim()}\n`,
  ).join("\n");
  await amina.cursorAfter("are few.");
  await amina.page.keyboard.press("Enter");
  await amina.page.keyboard.press("Enter");
  await amina.page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.querySelector(".cm-content").dispatchEvent(
      new ClipboardEvent("paste", {
        clipboardData: data,
        bubbles: true,
        cancelable: true,
      }),
    );
  }, chapters);
  await until(async () => (await draft.markdown()).includes("# Chapter 40"), "all chapters arrive");
  assert.equal((await draft.markdown()).trimEnd(), `${SOURCE.trimEnd()}\n\n${chapters.trimEnd()}`);
  // Somebody else moves a chapter of it in the outline: it is a section of its own.
  const outline = bo.page.getByRole("navigation", { name: "Outline" });
  await outline.getByRole("button", { name: /Chapter 2$/ }).focus();
  await bo.page.keyboard.press("Alt+ArrowUp");
  await until(
    async () => (await draft.markdown()).indexOf("# Chapter 2\n") < (await draft.markdown()).indexOf("# Chapter 1\n"),
    "the chapter moved",
  );
  await ended(amina, bo);
});

test("what Windows puts on the clipboard keeps its lines, and nothing else comes with them", async () => {
  const { draft, amina, bo } = await twoAtWork("Lines of Windows");
  await amina.cursorAfter("is narrow.");
  await amina.page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "\r\n\r\nIt is\r\nnot deep");
    document.querySelector(".cm-content").dispatchEvent(
      new ClipboardEvent("paste", {
        clipboardData: data,
        bubbles: true,
        cancelable: true,
      }),
    );
  });
  await amina.page.keyboard.type("!");
  await reads(draft, SOURCE.replace("is narrow.", "is narrow.\n\nIt is\nnot deep!"));
  await bo.sees("not deep!");
  await ended(amina, bo);
});

test("a picture that is pasted or dropped is refused in words, and a text file is taken in", async () => {
  const { draft, amina, bo } = await twoAtWork("Pictures");
  await amina.cursorAfter("is narrow.");
  const bring = (kind, name, type, content) =>
    amina.page.evaluate(
      ([kind, name, type, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([content], name, { type }));
        const text = document.querySelector(".cm-content");
        const { left, top } = text.querySelector(".cm-line").getBoundingClientRect();
        const at = {
          bubbles: true,
          cancelable: true,
          clientX: left + 1,
          clientY: top + 1,
        };
        const event =
          kind === "paste"
            ? new ClipboardEvent(kind, { ...at, clipboardData: data })
            : new DragEvent(kind, { ...at, dataTransfer: data });
        text.dispatchEvent(event);
        return event.defaultPrevented;
      },
      [kind, name, type, content],
    );
  const notice = amina.page.getByRole("alert").filter({
    hasText: "Pictures and other files cannot be put into the text.",
  });
  for (const kind of ["paste", "drop"]) {
    assert.equal(await bring(kind, "map.png", "image/png", "\u0089PNG, and words"), true);
    await notice.waitFor();
    await notice.getByRole("button", { name: "Close" }).click();
    await notice.waitFor({ state: "detached" });
  }
  await bring("drop", "notes.txt", "text/plain", "From a file. ");
  await bo.sees("From a file.");
  assert.equal((await draft.markdown()).includes("PNG"), false);
  // Beside the text nothing takes the page's place.
  const isKept = await amina.page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], "map.png", { type: "image/png" }));
    const event = new DragEvent("drop", {
      bubbles: true,
      cancelable: true,
      dataTransfer: data,
    });
    document.querySelector("header").dispatchEvent(event);
    return event.defaultPrevented;
  });
  assert.equal(isKept, true);
  await ended(amina, bo);
});
