// What the start page and the draft page have in common: asking the relay, roles in plain words,
// copying, and the list of drafts that this browser remembers. No framework, no build step.

/** The roles in the order in which a facilitator hands them out, with what each may do. */
export const ROLES = [
  {
    key: "facilitator",
    name: "Facilitate",
    allows: "Everything an editor may do, and run the draft: stages, links, versions. For you and your co-chairs.",
  },
  { key: "editor", name: "Edit", allows: "Change the text. For the people who write." },
  {
    key: "reviewer",
    name: "Review",
    allows: "Read the text and its history; comment and suggest. For those whom you ask for comments.",
  },
  { key: "viewer", name: "Read", allows: "Read the text as it stands, without its history. Safe to publish." },
];

const DRAFTS_KEY = "plenary.drafts";

/** The element with this id. The pages' own markup is the only thing that can make it fail. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element "${id}"`);
  return found;
}

/**
 * Asks the relay. Never throws for an answer: `{ ok, status, body, code, message }`, with status 0
 * when the relay could not be reached, `body` the parsed JSON or null, `code` the relay's word for a
 * refusal, and `message` a sentence for people.
 */
export async function ask(method, path, body, bearer) {
  // No page of another site can send this header, so the relay knows that it is ours who asks.
  const headers = { Accept: "application/json", "Plenary-Request": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    return { ok: false, status: 0, body: null, code: "unreachable", message: "The server cannot be reached." };
  }
  let parsed = null;
  try {
    parsed = await response.json();
  } catch {
    // An answer without JSON (a proxy's error page, say) is told by its status alone.
  }
  return {
    ok: response.ok,
    status: response.status,
    body: parsed,
    code: response.status >= 400 && typeof parsed?.code === "string" ? parsed.code : "",
    message: sentenceOf(parsed, response.status),
  };
}

/** The relay's refusals are problem details (RFC 9457): `detail` says what happened. */
function sentenceOf(body, status) {
  const text =
    (body && typeof body === "object" && typeof body.detail === "string" && body.detail) ||
    (status >= 400 ? `The server refused with status ${status}.` : "");
  if (!text) return "";
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?:]$/.test(first) ? first : `${first}.`;
}

/** Says a sentence to those who hear the page; those who see it have the button's own change. */
export function announce(sentence) {
  byId("announcer").textContent = sentence;
}

/**
 * Makes `button` copy what `text()` gives. Without a clipboard (plain http on another host) the
 * fallback selects `source`, so that the person's own keys can copy it.
 */
export function makeCopyButton(button, text, source) {
  const label = button.firstChild;
  const before = label.textContent;
  let timer = 0;
  button.addEventListener("click", async () => {
    const copied = await copyText(text());
    if (!copied && source) selectContents(source);
    label.textContent = copied ? "Copied" : "Selected";
    announce(copied ? "Copied" : "Selected. Copy it with your keyboard.");
    clearTimeout(timer);
    timer = setTimeout(() => {
      label.textContent = before;
    }, 2500);
  });
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function selectContents(element) {
  if (element instanceof HTMLInputElement) {
    element.focus();
    element.select();
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/** The command that keeps a file equal to the draft; the link is quoted for every common shell. */
export function syncCommand(link, title) {
  return `plenary sync "${link}" ${fileNameFor(title)}.md`;
}

/** A plain file name made from a title: letters, digits and hyphens, at most 48 characters. */
export function fileNameFor(title) {
  const plain = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 48)
    .replace(/-+$/, "");
  return plain || "draft";
}

/** A moment in the reader's own zone and language; empty for what is not a time. */
export function localTime(milliseconds) {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return "";
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/**
 * The drafts made in this browser, newest first. Storage can be absent, full or hold anything, so
 * reading is total: what does not look like a draft is left out.
 */
export function rememberedDrafts() {
  try {
    const stored = JSON.parse(localStorage.getItem(DRAFTS_KEY) ?? "[]");
    if (!Array.isArray(stored)) return [];
    return stored.filter(
      (entry) => entry && typeof entry.id === "string" && typeof entry.title === "string" && isOurLink(entry.link),
    );
  } catch {
    return [];
  }
}

/** A remembered link leads to this very site, or it is not followed. */
function isOurLink(link) {
  try {
    const url = new URL(link);
    return url.origin === location.origin && url.pathname.startsWith("/d/");
  } catch {
    return false;
  }
}

/** Remembers one draft, or forgets it when `entry` is null. Says whether the browser kept it. */
export function rememberDraft(id, entry) {
  const rest = rememberedDrafts().filter((known) => known.id !== id);
  const next = entry ? [{ ...entry, id }, ...rest].slice(0, 200) : rest;
  try {
    localStorage.setItem(DRAFTS_KEY, JSON.stringify(next));
    return true;
  } catch {
    return false;
  }
}
