// The editor's words, out of the catalogue.

import { t } from "../words/words.svelte";
import type { PreviewWords } from "./preview";

export function previewWords(): PreviewWords {
  return {
    bullet: "",
    taskOpen: t("preview.taskOpen"),
    taskDone: t("preview.taskDone"),
    footnote: (number) => t("preview.footnote", { number }),
    editTable: t("preview.editTable"),
    table: t("preview.table"),
    editFront: t("preview.editFront"),
    frontTitle: t("preview.front"),
    image: t("preview.image"),
    reference: (kind, number) => t(`preview.${kind}`, { number }),
    alert: (kind) => t(`alert.${kind}`),
  };
}

/** CodeMirror's own phrases, which are English without this. */
export function phrases(): Record<string, string> {
  return {
    Find: t("search.find"),
    Replace: t("search.replace"),
    next: t("search.next"),
    previous: t("search.previous"),
    all: t("search.all"),
    "match case": t("search.matchCase"),
    "by word": t("search.byWord"),
    regexp: t("search.regexp"),
    replace: t("search.replaceOne"),
    "replace all": t("search.replaceAll"),
    close: t("close"),
    "current match": t("search.current"),
    "replaced $ matches": t("search.replacedAll"),
    "replaced match on line $": t("search.replacedOne"),
    "on line": t("search.onLine"),
    "Control character": t("search.control"),
    "Selection deleted": t("search.deleted"),
  };
}
