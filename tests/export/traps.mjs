// Loads pages with a trap on every way to run or to fetch, twice: as they are, where their own
// policy must have nothing to refuse, and with the policy taken out, so that whatever could run does.

const POLICY = /<meta http-equiv="Content-Security-Policy"[^>]*>/;

/** The style that all reports share: nothing of the authors' is in it, and thousands of small pages load sooner without. */
const STYLE = /<style>[\s\S]*?<\/style>/;

/** What would tell that something ran. */
function armTraps() {
  const sprung =
    (name) =>
    (...values) => {
      window.sprung.push(`${name}(${String(values[0]).slice(0, 80)})`);
    };
  window.sprung = [];
  for (const name of [
    "alert",
    "confirm",
    "prompt",
    "open",
    "fetch",
    "setTimeout",
    "setInterval",
    "print",
    "postMessage",
  ]) {
    window[name] = sprung(name);
  }
  for (const name of [
    "XMLHttpRequest",
    "WebSocket",
    "EventSource",
    "Worker",
    "SharedWorker",
    "Image",
    "RTCPeerConnection",
  ]) {
    window[name] = class {
      constructor(...values) {
        sprung(name)(...values);
      }
    };
  }
  document.addEventListener("securitypolicyviolation", (event) => {
    window.sprung.push(`policy refused ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
}

/** Pokes everything on the page and gives what came of it. */
function poke() {
  const found = [...window.sprung];
  window.sprung.length = 0;
  for (const element of document.querySelectorAll("*")) {
    for (const attribute of element.attributes) {
      if (/^on/i.test(attribute.name) || attribute.name === "style")
        found.push(`${element.tagName} has ${attribute.name}`);
      if (
        /^\s*(javascript|data|vbscript|file|blob):/i.test(attribute.value) &&
        attribute.name !== "content" &&
        attribute.name !== "title"
      ) {
        found.push(`${element.tagName} has ${attribute.name}=${attribute.value.slice(0, 60)}`);
      }
    }
    if (
      ["SCRIPT", "IFRAME", "OBJECT", "EMBED", "LINK", "BASE", "FORM", "IMG", "VIDEO", "AUDIO", "svg", "math"].includes(
        element.tagName,
      )
    ) {
      found.push(`there is a ${element.tagName}`);
    }
    // A page may go elsewhere later than anybody looks.
    if (element.httpEquiv && !/^content-security-policy$/i.test(element.httpEquiv))
      found.push(`there is a META ${element.httpEquiv}`);
  }
  // Large reports need not be poked in every word: links, focusable things and a sample of the rest.
  const all = [...document.querySelectorAll("body *")];
  const poked = all.length > 3000 ? all.filter((_, index) => index % Math.ceil(all.length / 3000) === 0) : all;
  for (const element of poked) {
    for (const type of ["mouseover", "focus", "toggle", "error", "load", "animationstart", "pointerdown"]) {
      element.dispatchEvent(new Event(type, { bubbles: false }));
    }
  }
  return found.concat(window.sprung);
}

/** How many pages are open at once. */
const ABREAST = 4;
/** How many small documents share a page, each in a frame of its own. */
const FRAMES = 50;

/** Everything that documents tried to do: each is loaded as it is, and without its policy. */
export async function trapEverything(browser, pages) {
  const shares = inShares(pages.map((html, index) => ({ html, index })));
  const found = shares.map((share) =>
    withPage(browser, async (page, show, found) => {
      for (const { index, html } of share) {
        if (!POLICY.test(html)) found.push(`page ${index} has no policy`);
        for (const body of [html, html.replace(POLICY, "")]) {
          await show(body);
          const sprung = await page.evaluate(poke).catch(went);
          found.push(...sprung.map((what) => `page ${index}: ${what}`));
        }
      }
    }),
  );
  return (await Promise.all(found)).flat();
}

/**
 * Everything that thousands of small documents tried to do without their policy, which lets strictly
 * more happen than with it. Many are loaded at once, in frames of one page that share its traps.
 */
export async function trapMany(browser, pages) {
  const crowds = [];
  for (let first = 0; first < pages.length; first += FRAMES) {
    crowds.push({ first, documents: pages.slice(first, first + FRAMES) });
  }
  const found = inShares(crowds).map((share) =>
    withPage(browser, async (page, show, found) => {
      for (const { first, documents } of share) {
        documents.forEach((html, at) => {
          if (!POLICY.test(html)) found.push(`page ${first + at} has no policy`);
        });
        await show("<!doctype html><title>Frames</title>");
        const free = documents.map((html) => html.replace(POLICY, "").replace(STYLE, ""));
        const sprung = await page
          .evaluate(pokeFrames, { free, poke: poke.toString() })
          .catch((error) => went(error).map((what) => ({ at: 0, what })));
        found.push(...sprung.map(({ at, what }) => `page ${first + at}: ${what}`));
      }
    }),
  );
  return (await Promise.all(found)).flat();
}

/** Loads documents into frames and pokes each of them. Runs in the page. */
async function pokeFrames({ free, poke }) {
  const found = [];
  await Promise.all(
    free.map(
      (html, at) =>
        new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.onload = () => {
            const { contentWindow } = frame;
            let sprung;
            try {
              sprung = contentWindow.eval(`(${poke})()`);
              if (contentWindow.location.href.replace(/#.*/, "") !== "about:srcdoc")
                sprung.push(`went to ${contentWindow.location.href}`);
            } catch (error) {
              sprung = [`went where one cannot look: ${error.message}`];
            }
            found.push(...sprung.map((what) => ({ at, what })));
            resolve();
          };
          frame.srcdoc = html;
          document.body.append(frame);
        }),
    ),
  );
  return found;
}

/** A page that cannot be poked has gone somewhere else. */
const went = (error) => [`went away while it was looked at: ${error.message.split("\n")[0]}`];

/** Equal shares for as many pages as are open at once. */
const inShares = (all) =>
  Array.from({ length: Math.min(ABREAST, all.length) }, (_, share) =>
    all.filter((_, index) => index % ABREAST === share),
  );

/** One browser context with traps; `run` shows documents in its page and adds to what was found. */
async function withPage(browser, run) {
  const found = [];
  const context = await browser.newContext({ bypassCSP: false });
  await context.addInitScript(armTraps);
  let current = "";
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url === "http://report.test/")
      return route.fulfill({
        contentType: "text/html; charset=utf-8",
        body: current,
      });
    if (url === "http://report.test/favicon.ico") return route.abort();
    found.push(`request for ${url}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("dialog", (dialog) => {
    found.push(`dialog ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("popup", () => found.push("popup"));
  page.on("worker", () => found.push("worker"));
  page.on("pageerror", (error) => found.push(`script ran and failed: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") found.push(`console: ${message.text()}`);
  });
  const show = async (html) => {
    current = html;
    // A document that goes elsewhere may interrupt its own loading, or that of the next one.
    await page.goto("http://report.test/").catch((error) => found.push(...went(error)));
    const where = page.url().replace(/#.*/, "");
    if (where !== "http://report.test/") found.push(`the page went to ${where}`);
  };
  await run(page, show, found);
  await context.close();
  return found;
}
