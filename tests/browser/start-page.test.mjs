// The first page in a real browser: from an empty relay to a draft that others can read.
//
// Needs PLENARY_BIN (the `plenary` binary) and PLENARY_CHROMIUM; `cargo xtask test` sets both.
// Pictures of every view go to PLENARY_TEST_OUTPUT.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { VIEWS, openBrowser } from "./lib/browser.mjs";
import { violations } from "./lib/axe.mjs";
import { startRelay } from "./lib/relay.mjs";

const SOURCE = [
  "# Keeping routes honest",
  "",
  "Operators who sign their routes lose fewer of them[^1].",
  "",
  "## What operators can do",
  "",
  "- Publish what they announce.",
  "- See [the register](https://example.org/register).",
  "",
  "[^1]: So the group found in 2025.",
  "",
].join("\r\n");

const output = process.env.PLENARY_TEST_OUTPUT ?? path.join(tmpdir(), "plenary-browser-tests");
let browser;
let relay;

before(async () => {
  await mkdir(output, { recursive: true });
  // These are the small pages of a relay without the editor; those of the editor have tests of their own.
  const noEditor = {
    PLENARY_WEB: path.join(tmpdir(), "plenary-has-no-editor-here"),
  };
  [relay, browser] = await Promise.all([startRelay(null, noEditor), openBrowser()]);
});

after(async () => {
  await browser?.close();
  await relay?.stop();
});

/** A page in one of the views that fails the test when the page itself fails. */
async function openPage(view, address) {
  const context = await browser.newContext({
    viewport: view.viewport,
    colorScheme: view.colours,
  });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], {
    origin: relay.address,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // The browser itself notes every refused request as an error; refusals are tested by what is shown.
    if (message.type() === "error" && !message.text().includes("Failed to load resource"))
      complaints.push(message.text());
  });
  await page.goto(address);
  return { page, complaints, close: () => context.close() };
}

async function look(page, view, name) {
  await page.screenshot({
    path: path.join(output, `${name}-${view.name}.png`),
    fullPage: true,
  });
  assert.deepEqual(await violations(page), [], `${name} in ${view.name}`);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(sideways <= 0, `${name} in ${view.name} scrolls sideways by ${sideways} px`);
}

async function createFromFile(page) {
  await page.getByRole("radio", { name: /your own text/i }).check();
  await page.locator("#file").setInputFiles({
    name: "routes.md",
    mimeType: "text/markdown",
    buffer: Buffer.from(SOURCE),
  });
  await page.waitForFunction(() => document.getElementById("title").value !== "");
  await page.getByRole("button", { name: "Create draft" }).click();
  await page.locator("#made").waitFor();
  return page.locator(".link-field").evaluateAll((fields) => fields.map((field) => field.value));
}

for (const view of VIEWS) {
  describe(view.name, () => {
    test("a draft from the template: links, copying, reading", async () => {
      const { page, complaints, close } = await openPage(view, relay.address);
      await look(page, view, "start");
      await page.getByLabel("Title of the new draft").fill("Routing security for small operators");
      await page.getByRole("button", { name: "Create draft" }).click();
      await page.locator("#made").waitFor();
      assert.equal(await page.locator("#made-title").textContent(), "Routing security for small operators");
      await look(page, view, "made");

      await page.getByRole("button", { name: /Copy the link to read/ }).click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /\/d\/\w+#\S+$/);

      await page.getByRole("link", { name: "Open the draft" }).click();
      await page.waitForURL(/\/d\//);
      const text = page.frameLocator("#reader");
      await text.getByRole("heading").first().waitFor();
      await look(page, view, "draft");
      await page.goto(relay.address);
      await page.getByRole("link", { name: "Routing security for small operators" }).waitFor();
      await look(page, view, "start-again");
      assert.deepEqual(complaints, []);
      await close();
    });

    test("a draft from a file: every link opens it with its own role", async () => {
      const { page, complaints, close } = await openPage(view, relay.address);
      const links = await createFromFile(page);
      assert.equal(links.length, 4);
      for (const link of links) {
        const other = await openPage(view, link);
        const text = other.page.frameLocator("#reader");
        await text.getByText("Operators who sign their routes").waitFor();
        assert.equal(await other.page.locator("#draft-title").textContent(), "Keeping routes honest");
        assert.deepEqual(other.complaints, []);
        await other.close();
      }
      assert.deepEqual(complaints, []);
      await close();
    });
  });
}

describe("reading and keeping", () => {
  const view = VIEWS[0];

  test("the source comes out byte for byte, and the reading link has no history", async () => {
    const { page, close } = await openPage(view, relay.address);
    const [facilitate, edit, , read] = await createFromFile(page);
    const reader = await openPage(view, read);
    await reader.page.frameLocator("#reader").getByText("Operators who sign").waitFor();
    const markdown = reader.page.waitForEvent("download");
    await reader.page.getByRole("link", { name: "Download as Markdown" }).click();
    assert.equal(await textOf(await markdown), SOURCE);
    assert.equal(await reader.page.locator("#bundle-item").isVisible(), false);
    assert.equal(await reader.page.locator("#co-edit").isVisible(), false);
    await reader.close();

    const editor = await openPage(view, edit);
    await editor.page.frameLocator("#reader").getByText("Operators who sign").waitFor();
    assert.match(
      await editor.page.locator("#sync-command").textContent(),
      /^plenary sync "http.*#.*" keeping-routes-honest\.md$/,
    );
    const bundle = editor.page.waitForEvent("download");
    await editor.page.getByRole("link", { name: /with its history/ }).click();
    assert.equal((await bundle).suggestedFilename(), "keeping-routes-honest.plenary");
    await editor.close();
    assert.notEqual(facilitate, edit);
    await close();
  });

  test("links of the text open beside it, and nothing in it can run", async () => {
    const { page, close } = await openPage(view, relay.address);
    const [facilitate] = await createFromFile(page);
    const draft = await openPage(view, facilitate);
    const link = draft.page.frameLocator("#reader").getByRole("link", { name: "the register" });
    await link.waitFor();
    await draft.page.waitForFunction(() =>
      document.getElementById("reader").contentDocument?.querySelector('a[target="_blank"]'),
    );
    const sandbox = await draft.page.locator("#reader").getAttribute("sandbox");
    assert.ok(!sandbox.includes("allow-scripts"));
    await draft.close();
    await close();
  });

  test("text that was pasted, and an empty page", async () => {
    const { page, close } = await openPage(view, relay.address);
    await page.getByLabel("Title of the new draft").fill("Pasted");
    await page.getByRole("radio", { name: /your own text/i }).check();
    await page.getByRole("button", { name: "Create draft" }).click();
    await page.getByText("There is no text yet").waitFor();
    await look(page, view, "no-text");
    await page.getByLabel("Text of the draft, in Markdown").fill("Some *pasted* words.");
    await page.getByRole("button", { name: "Create draft" }).click();
    await page.locator("#made").waitFor();
    await page.getByRole("button", { name: "Start another draft" }).click();
    await page.getByLabel("Title of the new draft").fill("Empty");
    await page.getByRole("radio", { name: /an empty page/i }).check();
    await page.getByRole("button", { name: "Create draft" }).click();
    await page.locator("#made").waitFor();
    assert.equal(await page.locator("#made-title").textContent(), "Empty");
    await close();
  });
});

describe("what can go wrong", () => {
  for (const view of [VIEWS[0], VIEWS.at(-1)]) {
    test(`a wrong link, a cut link, no such draft, no server: ${view.name}`, async () => {
      const { page, close } = await openPage(view, relay.address);
      const [link] = await createFromFile(page);
      const states = [
        [`${link.split("#")[0]}#${"x".repeat(22)}`, "This link is not valid", "refused"],
        [link.split("#")[0], "This link is not valid", "cut"],
        [
          `${relay.address}/d/${"1".repeat(22)}#secret`,
          /There is no such draft here|This link is not valid|The draft could not be opened/,
          "gone",
        ],
      ];
      for (const [address, words, name] of states) {
        const other = await openPage(view, address);
        await other.page.getByRole("heading", { name: words }).waitFor();
        await look(other.page, view, `draft-${name}`);
        await other.close();
      }
      const other = await openPage(view, relay.address);
      await other.page.route("**/api/v1/**", (route) => route.abort());
      await other.page.goto(link);
      await other.page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();
      await look(other.page, view, "draft-unreachable");
      await other.close();
      await close();
    });
  }

  test("a file that is not text, and a missing title, keep what was typed", async () => {
    const { page, close } = await openPage(VIEWS[0], relay.address);
    await page.getByRole("button", { name: "Create draft" }).click();
    await page.getByText("A draft needs a title").waitFor();
    assert.equal(await page.getByLabel("Title of the new draft").getAttribute("aria-invalid"), "true");
    await page.getByRole("radio", { name: /your own text/i }).check();
    await page.locator("#file").setInputFiles({
      name: "scan.md",
      mimeType: "text/markdown",
      buffer: Buffer.from([0x48, 0xff, 0xfe]),
    });
    await page.getByText("could not be read as UTF-8").waitFor();
    await look(page, VIEWS[0], "start-complaints");
    await close();
  });

  test("the site secret is asked for only by a server that needs it", async () => {
    const { page, close } = await openPage(VIEWS[0], relay.address);
    let bearer = null;
    await page.route("**/api/v1/drafts", (route) => {
      bearer = route.request().headers().authorization ?? null;
      if (bearer === "Bearer open sesame")
        return route.continue({
          headers: { ...route.request().headers(), authorization: "" },
        });
      return route.fulfill({
        status: 401,
        contentType: "application/problem+json",
        body: '{"title":"No site secret","status":401,"code":"no_site_secret","detail":"making a draft takes the site secret"}',
      });
    });
    assert.equal(await page.getByLabel("Site secret").isVisible(), false);
    await page.getByLabel("Title of the new draft").fill("Guarded");
    await page.getByRole("button", { name: "Create draft" }).click();
    await page.getByLabel("Site secret").waitFor();
    assert.equal(bearer, null);
    await look(page, VIEWS[0], "site-secret");
    await page.getByLabel("Site secret").fill("open sesame");
    await page.getByRole("button", { name: "Create draft" }).click();
    await page.locator("#made").waitFor();
    await close();
  });

  test("by keyboard alone, and without storage", async () => {
    const { page, close } = await openPage(VIEWS[0], "about:blank");
    await page.addInitScript(() => {
      Object.defineProperty(window, "localStorage", {
        get: () => {
          throw new DOMException("denied", "SecurityError");
        },
      });
    });
    await page.goto(relay.address);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.getByLabel("Title of the new draft").focus();
    await page.keyboard.type("By keyboard");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator("#made").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "made-title");
    await close();
  });
});

async function textOf(download) {
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
