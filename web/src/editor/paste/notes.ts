// Footnotes as Word, LibreOffice, Google Docs and web pages write them: a link to a note, and the note
// with a link back. Which links are such is told by the pairs, not by names of classes.

const REFERENCE = /^#(_?ftn|_?edn|sdfootnote|sdendnote|ftnt|fn[:-]?|footnote[-_]?|note[-_]?|cite_note[-_]?)[\w:.-]*$/i;
/** The names of references, to which a note links back: Word, LibreOffice, Google Docs, pandoc, GitHub, Wikipedia. */
const BACK =
  /^(?:user-content-)?(?:_?(?:ftn|edn)ref|sd(?:foot|end)note[\w-]*anc|ftnt_ref|fnref|(?:foot|end)?note[-_]?ref|cite_ref)[\w:.-]*$/i;
/** The words of a link that is only a mark of a note. */
const MARK = /^(?:↩|↑|\^|\[?[\divxlc]{1,6}\]?)\uFE0E?$/i;
const OURS = /ref|anc$/i;

/** Where a reference says of which note it is, once that note was found; pasted ones are taken off. */
const NOTE = "data-plenary-note";

/** The key of the note to which a link refers, or null when it is an ordinary link. */
export const noteOf = (link: Element): string | null => link.getAttribute(NOTE);

/** The key of the note to which a link may refer, by its address. */
function referenceKey(link: Element): string | null {
  const href = link.getAttribute("href") ?? "";
  // Word writes the whole path of the file in front of the fragment, browsers the page's address.
  const fragment = href.slice(Math.max(0, href.indexOf("#")));
  if (!REFERENCE.test(fragment) || OURS.test(fragment.replace(/^#(?:cite_note|footnote|note)/i, "#"))) return null;
  return normalKey(fragment.slice(1));
}

/** `_ftn1`, `ftn1`, `sdfootnote1sym` and `sdfootnote1` name the same note. */
function normalKey(name: string): string {
  return name
    .replace(/^_/, "")
    .replace(/(?:sym|anc)$/, "")
    .toLowerCase();
}

/** Whether a link in a note leads back to its reference. */
function isBackLink(link: Element): boolean {
  const href = link.getAttribute("href") ?? "";
  const at = href.indexOf("#");
  if (at < 0) return false;
  // Word writes the whole path of its file in front.
  const isHere = at === 0 || href.startsWith("file:");
  return BACK.test(href.slice(at + 1)) || (isHere && MARK.test((link.textContent ?? "").trim()));
}

/** Whether an element may be a note: a chapter called "Notes" is none. */
function isNote(element: Element): boolean {
  return !/^h[1-6]$/.test(element.localName) && element.querySelector("h1, h2, h3, h4, h5, h6") === null;
}

/**
 * Takes the notes out of a pasted document; what stays is the text, in which `noteOf` tells references.
 * Gives the notes' elements by key. A link without a note is an ordinary one, or, when it is but a mark
 * of a note that was not copied, nothing.
 */
export function takeNotes(root: ParentNode): Map<string, Element> {
  for (const element of root.querySelectorAll(`[${NOTE}]`)) element.removeAttribute(NOTE);
  const links = [...root.querySelectorAll("a[href]")].flatMap((link) => {
    const key = referenceKey(link);
    return key === null ? [] : [{ link, key }];
  });
  const notes = notesFor(root, new Set(links.map(({ key }) => key)));
  for (const { link, key } of links) {
    if (notes.has(key)) link.setAttribute(NOTE, key);
    else if (MARK.test((link.textContent ?? "").trim())) link.remove();
  }
  for (const holder of notes.values()) {
    for (const link of holder.querySelectorAll("a[href]")) if (isBackLink(link)) link.remove();
    const list = holder.closest("ol, ul");
    holder.remove();
    if (list && list.children.length === 0) list.remove();
  }
  if (notes.size > 0) for (const rule of root.querySelectorAll("hr")) if (!hasTextAfter(rule)) rule.remove();
  return notes;
}

function notesFor(root: ParentNode, wanted: ReadonlySet<string>): Map<string, Element> {
  const notes = new Map<string, Element>();
  for (const element of root.querySelectorAll("[id], a[name]")) {
    const key = normalKey(element.getAttribute("id") ?? element.getAttribute("name") ?? "");
    if (!wanted.has(key) || notes.has(key)) continue;
    const holder = element.matches("a") ? (element.closest("p, li, div") ?? element) : element;
    if (!isNote(holder) || [...holder.querySelectorAll("a[href]")].some((link) => referenceKey(link) === key)) continue;
    notes.set(key, holder);
  }
  return notes;
}

function hasTextAfter(element: Element): boolean {
  for (let node: Node | null = element; node; node = node.parentNode) {
    for (let next = node.nextSibling; next; next = next.nextSibling) {
      // Word's conditional comments stand all over the place, and are no text.
      if (next.nodeType !== Node.COMMENT_NODE && (next.textContent ?? "").trim() !== "") return true;
    }
  }
  return false;
}
