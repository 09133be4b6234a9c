// Files that are pasted or dropped. A text can be taken in; a picture or a program's file cannot, and
// whoever brings one is told, and does not find that the page has gone to show it.

import { EditorView } from "@codemirror/view";
import type { Extension } from "@codemirror/state";

const TEXT_NAME = /\.(?:md|markdown|txt|text)$/i;

/** Whether a file is plain text by what the system says about it, or by its name where that is silent. */
export function isTextFile(file: Pick<File, "name" | "type">): boolean {
  return file.type.startsWith("text/") || (file.type === "" && TEXT_NAME.test(file.name));
}

/** Whether this brings files that no text comes with: a browser that copies a picture adds its address. */
function bringsOthers(data: DataTransfer | null): boolean {
  if (data === null || data.files.length === 0) return false;
  if (data.getData("text/plain") !== "") return false;
  return [...data.files].some((file) => !isTextFile(file));
}

/** Leaves pictures and other files out of the text and calls `refused`. */
export function refuseFiles(refused: () => void): Extension {
  const handle = (event: ClipboardEvent | DragEvent): boolean => {
    if (!bringsOthers(event instanceof ClipboardEvent ? event.clipboardData : event.dataTransfer)) return false;
    event.preventDefault();
    refused();
    return true;
  };
  return EditorView.domEventHandlers({ paste: handle, drop: handle });
}

/** For the whole page: a file that is let go beside the editor would take the page's place. */
export function keepPage(event: DragEvent): void {
  if (!event.defaultPrevented && event.dataTransfer?.types.includes("Files") === true) {
    event.preventDefault();
    const isOverText = event.target instanceof Element && event.target.closest(".cm-content") !== null;
    if (event.type === "dragover" && !isOverText) event.dataTransfer.dropEffect = "none";
  }
}
