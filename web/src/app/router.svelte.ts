// Two addresses: `/` and `/d/{draft}`. The secret of a link stands behind `#` and goes nowhere else.

/** What the address asks for. */
export type Route =
  | { readonly view: "start" }
  | { readonly view: "draft"; readonly draft: string; readonly secret: string | null }
  | { readonly view: "nowhere" };

/** Reads an address. A secret is 20 to 200 letters and digits of base58 or base64url. */
function routeOf(path: string, hash: string): Route {
  if (path === "/" || path === "/index.html") return { view: "start" };
  const draft = /^\/d\/([1-9A-HJ-NP-Za-km-z]{10,64})\/?$/.exec(path)?.[1];
  if (!draft) return { view: "nowhere" };
  const secret = /^#([\w-]{10,200})$/.exec(hash)?.[1] ?? null;
  return { view: "draft", draft, secret };
}

let route = $state.raw<Route>(routeOf(location.pathname, location.hash));

/** The present route; reactive. */
export function currentRoute(): Route {
  return route;
}

function read(): void {
  route = routeOf(location.pathname, location.hash);
}

/** Follows the browser's own back and forward buttons, and links pasted over the address. */
export function startRouter(): void {
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
}

/** Goes to an address of ours without loading the page anew. */
export function go(address: string): void {
  history.pushState(null, "", address);
  read();
  scrollTo(0, 0);
}

/**
 * Takes the secret out of the address bar, once the cookie holds it: the address that stays can be
 * reloaded, and what is read over a shoulder or kept in the browser's history is no key.
 */
export function hideSecret(): void {
  history.replaceState(history.state, "", location.pathname + location.search);
}
