// The service worker: it opens the editor without a network. It holds the editor's own files and
// nothing of any draft; drafts are kept by the page itself. `scripts/finish.mjs` writes the list of
// files and its version in front of this.
//
// - A page is fetched from the relay when it answers soon, so that a new release is seen at once, and
//   else taken from here.
// - Files whose names change with their bytes are taken from here first.
// - Of the languages, those are kept in which somebody read the editor on this device; the page says so.
// - Everything else (the relay's interface, exports, other pages) goes past this worker.

/* global FILES, LANGUAGES, VERSION */

const CACHE = `plenary-${VERSION}`;
/** Remembers the languages from one release to the next: one empty entry for each. */
const SPOKEN = "languages-of-plenary";
/** How long a page waits for the relay before it opens from here, in milliseconds. */
const PATIENCE = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" }))))
      .then(keepSpoken)
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("message", (event) => {
  const tag = String(event.data?.language);
  if (LANGUAGES[tag]) event.waitUntil(keepLanguage(tag).catch(() => undefined));
});

/** Keeps the files of a language, and notes that a later release should. */
async function keepLanguage(tag) {
  const cache = await caches.open(CACHE);
  for (const file of LANGUAGES[tag]) if (!(await cache.match(file))) await cache.add(file);
  await (await caches.open(SPOKEN)).put(`/${tag}`, new Response());
}

/** A release that comes later speaks the same languages; one that cannot be fetched does not hold it up. */
async function keepSpoken() {
  const spoken = await (await caches.open(SPOKEN)).keys();
  const tags = spoken.map((request) => new URL(request.url).pathname.slice(1)).filter((tag) => LANGUAGES[tag]);
  await Promise.allSettled(tags.map(keepLanguage));
}

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

/** Keeps this release's files and the one before, which open pages may still ask for. */
async function forgetOlder() {
  const names = (await caches.keys()).filter((name) => name.startsWith("plenary-"));
  const older = names.filter((name) => name !== CACHE);
  await Promise.all(older.slice(0, -1).map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === "/" || url.pathname.startsWith("/d/")) event.respondWith(page(request));
  } else if (FILES.includes(url.pathname) || url.pathname.startsWith("/assets/")) {
    event.respondWith(file(request));
  }
});

/** The editor's page: one for all drafts. */
async function page(request) {
  const kept = caches.match("/", { ignoreSearch: true });
  const late = new Promise((resolve) => {
    setTimeout(resolve, PATIENCE, null);
  });
  const fetched = fetch(request).catch(() => null);
  const first = await Promise.race([fetched, late]);
  if (first?.ok) return first;
  return (await kept) ?? (await fetched) ?? Response.error();
}

/** A file of this or an earlier release. */
async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
