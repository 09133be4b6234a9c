// The draft page: exchanges the link's secret for a session, then shows the text and what the
// link allows. The secret stays in the fragment, which no server and no log ever sees.

import { announce, ask, byId, fileNameFor, localTime, makeCopyButton, syncCommand } from "./shared.js";

const ROLE_SENTENCES = {
  viewer: "With it you read the text as it stands.",
  reviewer: "With it you read the text and its history, comment and suggest.",
  editor: "With it you change the text.",
  facilitator: "With it you change the text and run the draft. Keep it to the facilitators.",
};
const STAGES = {
  drafting: "Drafting",
  review: "Public review",
  public_review: "Public review",
  settling: "Settling",
  final: "Final",
};
const PANEL_KEY = "plenary.panel";
/** A skeleton is shown only when waiting lasts, so that a quick answer does not flicker. */
const SKELETON_AFTER_MS = 300;

const draftId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const draftPath = `/api/v1/drafts/${encodeURIComponent(draftId)}`;
const reader = byId("reader");
const state = byId("state");
const panel = byId("panel");
const toggle = byId("panel-toggle");
let shownVersion = "";
/** @type {EventSource | undefined} */
let events;

function secretInLink() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return location.hash.slice(1);
  }
}

/** Shows one of the page's honest states; `actions` are [words, what it does] pairs. */
function showState(kind, heading, sentences, actions = []) {
  reader.hidden = true;
  state.hidden = false;
  state.dataset.kind = kind;
  const title = document.createElement("h2");
  title.textContent = heading;
  const paragraphs = sentences.map((sentence) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = sentence;
    return paragraph;
  });
  const buttons = actions.map(([words, act]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = words;
    button.addEventListener("click", act);
    return button;
  });
  state.replaceChildren(title, ...paragraphs, ...buttons);
}

function showSkeleton() {
  state.dataset.kind = "loading";
  const words = document.createElement("p");
  words.className = "visually-hidden";
  words.textContent = "Opening the draft…";
  const bars = document.createElement("div");
  bars.className = "skeleton";
  bars.setAttribute("aria-hidden", "true");
  for (let bar = 0; bar < 9; bar += 1) bars.append(document.createElement("span"));
  state.replaceChildren(words, bars);
}

function showFailure(answer) {
  const again = [["Try again", open]];
  events?.close();
  if (answer.status === 0) {
    showState(
      "unreachable",
      "The server cannot be reached",
      [
        "Either this device is offline or the server is not running. The draft is safe where it is stored; nothing was lost by this.",
      ],
      again,
    );
  } else if (answer.status === 404 || answer.status === 410) {
    showState("gone", "There is no such draft here", [
      "The draft may have been removed, or the link was cut short when it was copied. Ask the person who sent it for the whole link.",
    ]);
  } else if (answer.status === 401 || answer.status === 403) {
    showState("refused", "This link is not valid", [
      secretInLink() === ""
        ? "The end of the link, after the # sign, is missing. It is the key to the draft, and some programs cut it off."
        : "It may have been withdrawn or have expired, or a part of it was lost when it was copied.",
      "Ask the facilitator of the draft for a new link.",
    ]);
  } else if (answer.status === 429) {
    showState("busy", "Too many attempts", [answer.message, "Wait a minute and try again."], again);
  } else {
    showState(
      "failed",
      "The draft could not be opened",
      [
        answer.message || "The server gave an answer that this page does not understand.",
        "Nothing of the draft was changed.",
      ],
      again,
    );
  }
}

/** What tells one state of the draft from another: its heads, or when it last changed. */
function versionOf(draft) {
  return JSON.stringify(draft.heads ?? draft.changed_at_ms ?? draft.text_heads ?? "");
}

async function open() {
  const waiting = setTimeout(showSkeleton, SKELETON_AFTER_MS);
  const secret = secretInLink();
  if (secret !== "") {
    const session = await ask("POST", "/api/v1/session", { document_id: draftId, secret });
    if (!session.ok) {
      clearTimeout(waiting);
      showFailure(session);
      return;
    }
  }
  const answer = await ask("GET", draftPath);
  clearTimeout(waiting);
  if (!answer.ok || !answer.body) {
    showFailure(answer);
    return;
  }
  showDraft(answer.body, secret);
}

function showDraft(draft, secret) {
  const title = draft.title || "Untitled draft";
  shownVersion = versionOf(draft);
  document.title = `${title} · Plenary`;
  byId("draft-title").textContent = title;
  const stage = STAGES[draft.stage] ?? draft.stage;
  byId("draft-stage").textContent = stage ?? "";
  byId("draft-stage").hidden = !stage;
  byId("role-text").textContent = ROLE_SENTENCES[draft.role] ?? `It gives you the role “${draft.role}”.`;
  prepareLinks(title, draft.role);
  prepareCommand(title, draft.role, secret);
  toggle.hidden = false;
  showPanel(panelWanted());
  if (draft.heads?.length === 0) showEarly(draft.stage_opens_ms);
  else showText();
  follow();
}

/** The text is under embargo. The page hears by itself when it opens. */
function showEarly(opensMs) {
  const when = localTime(opensMs);
  showState("early", "This draft is not open for reading yet", [
    when ? `Its public review opens on ${when}.` : "It opens with its public review.",
    "This page shows the text as soon as it may be read.",
  ]);
}

function prepareLinks(title, role) {
  const name = fileNameFor(title);
  byId("read-link").href = `${draftPath}/html`;
  for (const [id, path, extension] of [
    ["export-markdown", "markdown", "md"],
    ["export-html", "html", "html"],
    ["export-bundle", "bundle", "plenary"],
  ]) {
    const link = byId(id);
    link.href = `${draftPath}/${path}`;
    link.download = `${name}.${extension}`;
  }
  // A bundle hands over the whole history, deleted sentences included: not with a link to read.
  byId("bundle-item").hidden = role === "viewer";
}

function prepareCommand(title, role, secret) {
  const maySync = (role === "editor" || role === "facilitator") && secret !== "";
  byId("co-edit").hidden = !maySync;
  if (maySync) byId("sync-command").textContent = syncCommand(location.href, title);
}

function showText() {
  state.hidden = true;
  state.replaceChildren();
  reader.hidden = false;
  reader.src = `${draftPath}/html`;
  byId("newer").hidden = true;
}

/**
 * The frame runs no script of its own; this page, of the same origin, makes links to other sites
 * open beside the draft instead of inside the frame.
 */
function prepareFrame() {
  const inside = reader.contentDocument;
  if (!inside) return;
  for (const link of inside.querySelectorAll("a[href]")) {
    if (!link.getAttribute("href").startsWith("#")) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
  }
}

function panelWanted() {
  try {
    const kept = localStorage.getItem(PANEL_KEY);
    if (kept && !narrow()) return kept === "open";
  } catch {
    // Without storage the page simply opens as it does for a newcomer.
  }
  return !narrow();
}

function narrow() {
  return matchMedia("(max-width: 899px)").matches;
}

function showPanel(open) {
  panel.hidden = !open;
  toggle.setAttribute("aria-expanded", String(open));
}

function togglePanel() {
  showPanel(panel.hidden);
  try {
    localStorage.setItem(PANEL_KEY, panel.hidden ? "closed" : "open");
  } catch {
    // The choice then lasts as long as the page.
  }
}

/**
 * Follows the draft by server-sent events. The browser connects again by itself; only when access
 * ended does it stop.
 */
function follow() {
  events?.close();
  events = new EventSource(`${draftPath}/events`);
  events.addEventListener("text", lookAgain);
  events.addEventListener("stage", lookAgain);
  events.addEventListener("gone", () => {
    events.close();
    open();
  });
}

/** Looks whether the draft moved on, and offers the newer text without moving what is being read. */
async function lookAgain() {
  if (state.dataset.kind === "early" && !state.hidden) {
    await open();
    return;
  }
  if (reader.hidden) return;
  const answer = await ask("GET", draftPath);
  if (!answer.ok || !answer.body || versionOf(answer.body) === shownVersion) return;
  shownVersion = versionOf(answer.body);
  byId("newer").hidden = false;
  announce("The draft has changed since you opened it.");
}

toggle.addEventListener("click", togglePanel);
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden && narrow()) {
    showPanel(false);
    toggle.focus();
  }
});
reader.addEventListener("load", prepareFrame);
byId("show-newer").addEventListener("click", () => {
  showText();
  byId("text").focus();
});
makeCopyButton(byId("copy-command"), () => byId("sync-command").textContent, byId("sync-command"));
addEventListener("hashchange", open);
open();
