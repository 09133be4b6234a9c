/**
 * Asks the browser to keep the editor's files, so that a draft opens without a network. Browsers
 * allow this over https and on one's own machine; elsewhere the page says so (`canOpenOffline`).
 */
export const canOpenOffline = "serviceWorker" in navigator && window.isSecureContext;

export function keepForOffline(): void {
  if (!canOpenOffline || import.meta.env.DEV) return;
  // A browser that refuses (private windows do) costs opening offline and nothing else.
  navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}

/**
 * Asks the service worker to keep a language of the interface, too: it keeps the one in use, and nobody
 * pays for the others. `tag` is that of the language; English is part of the editor's own files.
 */
export function keepLanguage(tag: string): void {
  if (!canOpenOffline || import.meta.env.DEV) return;
  navigator.serviceWorker.ready
    .then((registration) => registration.active?.postMessage({ language: tag }))
    .catch(() => undefined);
}

/** How long a newer release is waited for before the page is loaded as it is, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Loads the page anew in its newest release: the one that this browser keeps may be the old one. */
export async function reloadNewest(): Promise<void> {
  if (canOpenOffline) {
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    await Promise.race([newestWorker().catch(() => undefined), patience]);
  }
  location.reload();
}

/** Resolves when the service worker of the newest release works, or the present one is the newest. */
async function newestWorker(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  if (!registration) return;
  await registration.update();
  const coming = registration.installing ?? registration.waiting;
  if (!coming) return;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (coming.state === "activated" || coming.state === "redundant") resolve();
    };
    coming.addEventListener("statechange", look);
    look();
  });
}
