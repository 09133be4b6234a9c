// The start page: one title, three ways to begin, and then the four links.

import {
  ROLES,
  announce,
  ask,
  byId,
  localTime,
  makeCopyButton,
  rememberDraft,
  rememberedDrafts,
  syncCommand,
} from "./shared.js";

/** The promise of the relay: sources up to 5 MB. Larger ones are refused before they travel. */
const MAX_SOURCE_BYTES = 5 * 1024 * 1024;
const TEMPLATE = "best-practices-report";

const form = byId("new-draft");
const titleInput = byId("title");
const markdown = byId("markdown");
const drop = byId("drop");
const fileInput = byId("file");

/** The bytes of a chosen file as text, exactly as they came: a textarea would turn CRLF into LF. */
let fileText = null;

function chosenWay() {
  return form.elements.namedItem("way").value;
}

function showWay() {
  byId("own-text").hidden = chosenWay() !== "file";
}

function complain(id, sentence, focus) {
  const place = byId(id);
  place.textContent = sentence;
  place.hidden = sentence === "";
  if (focus) {
    focus.setAttribute("aria-invalid", String(sentence !== ""));
    if (sentence) focus.focus();
  }
}

/** The title that a source proposes: front matter first, then its first heading, then the file name. */
function proposedTitle(text, fileName) {
  const front = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n(?:---|\.\.\.)\r?\n/.exec(text);
  const named = front && /^title:\s*["']?(.+?)["']?\s*$/m.exec(front[1]);
  if (named) return named[1];
  const heading = /^#\s+(.+?)\s*#*\s*$/m.exec(text);
  if (heading) return heading[1].replace(/\s*\{[^}]*\}$/, "").replace(/[*_`]/g, "");
  return fileName.replace(/\.[^.]+$/, "");
}

async function takeFile(file) {
  const state = byId("file-state");
  complain("markdown-error", "", markdown);
  if (file.size > MAX_SOURCE_BYTES) {
    state.textContent = "or drop one here";
    complain(
      "markdown-error",
      `“${file.name}” has ${(file.size / 1048576).toFixed(1)} MB; a draft holds up to 5 MB of text. Choose a smaller file, or divide it.`,
      null,
    );
    return;
  }
  let text;
  try {
    // The byte order mark is the author's and stays.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
  } catch {
    state.textContent = "or drop one here";
    complain(
      "markdown-error",
      `“${file.name}” could not be read as UTF-8 text. Save it as UTF-8 in your editor and choose it again.`,
      null,
    );
    return;
  }
  markdown.value = text;
  fileText = text;
  state.textContent = file.name;
  if (titleInput.value.trim() === "") titleInput.value = proposedTitle(text, file.name);
}

function source() {
  switch (chosenWay()) {
    case "template":
      return { template: TEMPLATE };
    case "file":
      return { markdown: fileText ?? markdown.value };
    default:
      return {};
  }
}

function problemBeforeSending(title, parts) {
  complain("title-error", "", titleInput);
  complain("markdown-error", "", markdown);
  complain("form-error", "", null);
  if (title === "") {
    complain("title-error", "A draft needs a title.", titleInput);
    return true;
  }
  if (parts.markdown === "") {
    complain(
      "markdown-error",
      "There is no text yet. Choose a file, paste text, or begin with an empty page.",
      markdown,
    );
    return true;
  }
  if (parts.markdown !== undefined && new Blob([parts.markdown]).size > MAX_SOURCE_BYTES) {
    complain(
      "markdown-error",
      "The text has more than 5 MB, which is what a draft holds. Divide it into several drafts.",
      markdown,
    );
    return true;
  }
  return false;
}

function showRefusal(answer) {
  const secretField = byId("secret-field");
  const asksForSecret = ["no_site_secret", "wrong_site_secret"].includes(answer.code);
  if (asksForSecret) {
    const wrong = !secretField.hidden && byId("site-secret").value !== "";
    secretField.hidden = false;
    byId("site-secret").focus();
    complain(
      "form-error",
      wrong
        ? "That is not the site secret of this server. Nothing was created."
        : "This server asks for its site secret before it creates a draft.",
      null,
    );
    return;
  }
  const kept =
    answer.status === 0
      ? "Your title and text are still on this page; try again when you are connected."
      : "Nothing was created, and your text is still on this page.";
  complain("form-error", `${answer.message} ${kept}`, null);
}

async function create(event) {
  event.preventDefault();
  const title = titleInput.value.trim();
  const parts = source();
  if (problemBeforeSending(title, parts)) return;
  const button = byId("create");
  button.disabled = true;
  byId("form-state").textContent = "Creating the draft…";
  const answer = await ask("POST", "/api/v1/drafts", { title, ...parts }, byId("site-secret").value.trim());
  button.disabled = false;
  byId("form-state").textContent = "";
  if (answer.ok && answer.body?.links) {
    showMade(answer.body);
  } else {
    showRefusal(answer);
  }
}

function linkItem(role, link) {
  const item = document.createElement("li");
  const head = document.createElement("h2");
  head.textContent = role.name;
  const allows = document.createElement("p");
  allows.id = `allows-${role.key}`;
  allows.textContent = role.allows;
  const row = document.createElement("div");
  row.className = "copy-row";
  const field = document.createElement("input");
  field.readOnly = true;
  field.value = link;
  field.type = "text";
  field.id = `link-${role.key}`;
  field.className = "link-field";
  field.setAttribute("aria-label", `Link: ${role.name.toLowerCase()}`);
  field.setAttribute("aria-describedby", allows.id);
  field.addEventListener("focus", () => field.select());
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "button";
  copy.append("Copy", hiddenText(` the link to ${role.name.toLowerCase()}`));
  makeCopyButton(copy, () => link, field);
  row.append(field, copy);
  item.append(head, allows, row);
  return item;
}

function hiddenText(text) {
  const span = document.createElement("span");
  span.className = "visually-hidden";
  span.textContent = text;
  return span;
}

function showMade(draft) {
  const { links } = draft;
  rememberDraft(draft.document_id, { title: draft.title, link: links.facilitator, madeAt: Date.now() });
  form.hidden = true;
  byId("recent").hidden = true;
  byId("made").hidden = false;
  document.title = `${draft.title} · Plenary`;
  byId("links").replaceChildren(
    ...ROLES.filter((role) => links[role.key]).map((role) => linkItem(role, links[role.key])),
  );
  byId("sync-command").textContent = syncCommand(links.editor ?? links.facilitator, draft.title);
  byId("open-made").href = links.facilitator;
  const heading = byId("made-title");
  heading.textContent = draft.title;
  heading.focus();
  announce("Draft created");
}

function startAnother() {
  byId("made").hidden = true;
  form.hidden = false;
  form.reset();
  fileText = null;
  byId("file-state").textContent = "or drop one here";
  document.title = "Start a draft · Plenary";
  showWay();
  showRemembered();
  titleInput.focus();
}

function showRemembered() {
  const drafts = rememberedDrafts();
  byId("recent").hidden = drafts.length === 0;
  byId("recent-list").replaceChildren(
    ...drafts.map((draft) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = draft.link;
      link.textContent = draft.title;
      const when = document.createElement("span");
      when.className = "quiet";
      when.textContent = draft.madeAt ? `made ${localTime(draft.madeAt)}` : "";
      const forget = document.createElement("button");
      forget.type = "button";
      forget.className = "button subtle";
      forget.append("Forget", hiddenText(` “${draft.title}” on this device`));
      forget.addEventListener("click", () => {
        rememberDraft(draft.id, null);
        showRemembered();
        announce("Forgotten on this device. The draft itself is untouched.");
        titleInput.focus();
      });
      item.append(link, when, forget);
      return item;
    }),
  );
}

for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) {
  drop.addEventListener(kind, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) takeFile(file);
});
fileInput.addEventListener("change", () => {
  const file = fileInput.files?.[0];
  if (file) takeFile(file);
  // So that choosing the same file again after a correction is noticed.
  fileInput.value = "";
});
markdown.addEventListener("input", () => {
  // From here on the text area is what counts, not the file.
  fileText = null;
});
form.addEventListener("change", showWay);
form.addEventListener("submit", create);
byId("another").addEventListener("click", startAnother);
makeCopyButton(byId("copy-command"), () => byId("sync-command").textContent, byId("sync-command"));
showWay();
showRemembered();
