// Who is where in the tests' network.

/** The name in the examples. */
export const HOST = "drafts.example.org";
/** The proxy. */
export const PROXY = "203.0.113.7";
/** Where a relay runs that is on another machine than its proxy. */
export const ELSEWHERE = "203.0.113.20";

/** Clients: each test that is locked out has one of its own. */
export const CLIENTS = Array.from({ length: 8 }, (_, at) => `203.0.113.${100 + at}`);

export const ADDRESSES = [PROXY, ELSEWHERE, ...CLIENTS];
