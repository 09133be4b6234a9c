// Footnotes as Word, LibreOffice, Google Docs and web pages write them: a link to a note, and the note
// with a link back. Which links are such is told by the pairs, not by names of classes.

const REFERENCE = /^#(_?ftn|_?edn|sdfootnote|sdendnote|ftnt|fn[:-]?|footnote[-_]?|note[-_]?|cite_note[-_]?)[\w:.-]*$/i;
const BACK = /(?:ref|anc|_ref|cite_ref|fnref)/i;
const OURS = /ref|anc$/i;

/** The key of the note that a link refers to, or null when it is an ordinary link. */
export function referenceKey(link: Element): string | null {
  const href = link.getAttribute("href") ?? "";
  // Word writes the whole path of the file in front of the fragment.
  const fragment = href.slice(Math.max(0, href.indexOf("#")));
  if (!REFERENCE.test(fragment) || OURS.test(fragment.replace(/^#(?:cite_note|footnote|note)/i, "#"))) return null;
  return normalKey(fragment.slice(1));
}

/** `_ftn1`, `ftn1`, `sdfootnote1sym` and `sdfootnote1` name the same note. */
function normalKey(name: string): string {
  return name.replace(/^_/, "").replace(/(?:sym|anc)$/, "").toLowerCase();
}

/** Whether a link leads from a note back to its reference. */
export function isBackLink(link: Element): boolean {
  const href = link.getAttribute("href") ?? "";
  if (!href.includes("#")) return false;
  const name = href.slice(href.indexOf("#") + 1);
  return BACK.test(name) || /^(?:↩|↑|\^|\[?\d+\]?)\uFE0E?$/.test((link.textContent ?? "").trim());
}

/** Takes the notes out of a pasted document; what stays is the text. Gives the notes' elements by key. */
export function takeNotes(root: ParentNode, wanted: ReadonlySet<string>): Map<string, Element> {
  const notes = new Map<string, Element>();
  for (const element of root.querySelectorAll("[id], a[name]")) {
    const key = normalKey(element.getAttribute("id") ?? element.getAttribute("name") ?? "");
    if (!wanted.has(key) || notes.has(key)) continue;
    const holder = element.matches("a") ? (element.closest("p, li, div") ?? element) : element;
    if (holder.querySelector(`a[href]`) && [...holder.querySelectorAll("a[href]")].some((link) => referenceKey(link) === key)) continue;
    notes.set(key, holder);
  }
  for (const holder of notes.values()) {
    const list = holder.closest("ol, ul");
    holder.remove();
    if (list && list.children.length === 0) list.remove();
  }
  if (notes.size > 0) for (const rule of root.querySelectorAll("hr")) if (!hasTextAfter(rule)) rule.remove();
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
