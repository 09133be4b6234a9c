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
