// Loads pages with a trap on every way to run or to fetch, twice: as they are, where their own
// policy must have nothing to refuse, and with the policy taken out, so that whatever could run does.

const POLICY = /<meta http-equiv="Content-Security-Policy"[^>]*>/;

/** The style that all reports share: nothing of the authors' is in it, and thousands of small pages load sooner without. */
const STYLE = /<style>[\s\S]*?<\/style>/;

/** What would tell that something ran. */
function armTraps() {
  const sprung = (name) => (...values) => {
    window.sprung.push(`${name}(${String(values[0]).slice(0, 80)})`);
  };
  window.sprung = [];
  for (const name of ["alert", "confirm", "prompt", "open", "fetch", "setTimeout", "setInterval", "print", "postMessage"]) {
    window[name] = sprung(name);
  }
  for (const name of ["XMLHttpRequest", "WebSocket", "EventSource", "Worker", "SharedWorker", "Image", "RTCPeerConnection"]) {
    window[name] = class { constructor(...values) { sprung(name)(...values); } };
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
      if (/^on/i.test(attribute.name) || attribute.name === "style") found.push(`${element.tagName} has ${attribute.name}`);
      if (/^\s*(javascript|data|vbscript|file|blob):/i.test(attribute.value) && attribute.name !== "content" && attribute.name !== "title") {
        found.push(`${element.tagName} has ${attribute.name}=${attribute.value.slice(0, 60)}`);
      }
    }
    if (["SCRIPT", "IFRAME", "OBJECT", "EMBED", "LINK", "BASE", "FORM", "IMG", "VIDEO", "AUDIO", "svg", "math"].includes(element.tagName)) {
      found.push(`there is a ${element.tagName}`);
    }
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

/**
 * Everything that pages tried to do. With `bare` only without their policy, which lets strictly more
 * happen: for thousands of small pages.
 */
export async function trapEverything(browser, pages, { bare = false } = {}) {
  const numbered = pages.map((html, index) => ({ html, index }));
  const shares = Array.from({ length: Math.min(ABREAST, pages.length) }, (_, share) => numbered.filter(({ index }) => index % ABREAST === share));
  return (await Promise.all(shares.map((share) => trapShare(browser, share, bare)))).flat();
}

/** One browser context, one page, its share of the documents. */
async function trapShare(browser, share, bare) {
  const found = [];
  const context = await browser.newContext({ bypassCSP: false });
  await context.addInitScript(armTraps);
  let current = "";
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url === "http://report.test/") return route.fulfill({ contentType: "text/html; charset=utf-8", body: current });
    if (url === "http://report.test/favicon.ico") return route.abort();
    found.push(`request for ${url}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("dialog", (dialog) => { found.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  page.on("popup", () => found.push("popup"));
  page.on("worker", () => found.push("worker"));
  page.on("pageerror", (error) => found.push(`script ran and failed: ${error.message}`));
  page.on("console", (message) => { if (message.type() === "error") found.push(`console: ${message.text()}`); });
  for (const { index, html } of share) {
    if (!POLICY.test(html)) found.push(`page ${index} has no policy`);
    const free = html.replace(POLICY, "").replace(bare ? STYLE : "", "");
    for (const body of bare ? [free] : [html, free]) {
      current = body;
      await page.goto("http://report.test/");
      const sprung = await page.evaluate(poke);
      found.push(...sprung.map((what) => `page ${index}: ${what}`));
      const where = page.url().replace(/#.*/, "");
      if (where !== "http://report.test/") found.push(`page ${index} went to ${where}`);
    }
  }
  await context.close();
  return found;
}
