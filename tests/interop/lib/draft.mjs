// A draft as a JavaScript peer sees it.

/** The sections in their order: `order` first, then id, both compared bytewise. */
export function sections(doc) {
  const rank = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return Object.entries(doc.sections)
    .map(([id, section]) => ({
      id,
      order: String(section.order),
      text: String(section.text),
    }))
    .sort((a, b) => rank(a.order, b.order) || rank(a.id, b.id));
}

/** The Markdown of a draft: its sections, with a newline where one is missing between them. */
export function markdown(doc) {
  let whole = "";
  for (const { text } of sections(doc)) {
    if (text === "") continue;
    if (whole !== "" && !whole.endsWith("\n")) whole += "\n";
    whole += text;
  }
  return whole;
}

/** Finds the record, and by it the text or the discussion. */
export async function open(repo, draft, which = "text") {
  const record = await repo.find(`automerge:${draft.document_id}`);
  return repo.find(String(record.doc()[which]));
}
