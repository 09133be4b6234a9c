/** What an edit writes to the document, section by section. */
import type { SectionId } from "../ids";

/** Operations of one edit, to be carried out one after another. Indexes are UTF-16 units. */
export type Operation =
  | {
      readonly kind: "splice";
      readonly section: SectionId;
      readonly index: number;
      readonly remove: number;
      readonly insert: string;
    }
  | {
      readonly kind: "create";
      readonly section: SectionId;
      readonly order: string;
      readonly text: string;
    }
  | { readonly kind: "order"; readonly section: SectionId; readonly order: string }
  /** Text went from the end of one section to the beginning of another, by operations before. */
  | {
      readonly kind: "split";
      readonly from: SectionId;
      readonly to: SectionId;
      readonly start: number;
      readonly length: number;
    };

/**
 * Adds an operation to a list, joined with the last one where both are one stroke of typing or of
 * deleting, so that a flush writes as little as was meant.
 */
export function append(list: Operation[], next: Operation): void {
  const last = list.at(-1);
  if (last?.kind !== "splice" || next.kind !== "splice" || last.section !== next.section) {
    list.push(next);
    return;
  }
  if (next.remove === 0 && next.insert === "") {
    return;
  }
  const typed = last.index + last.insert.length;
  if (next.index === typed) {
    // Typing on, or deleting forwards.
    list[list.length - 1] = {
      ...last,
      remove: last.remove + next.remove,
      insert: last.insert + next.insert,
    };
  } else if (next.index + next.remove === typed && next.remove <= last.insert.length) {
    // Taking back what was just typed, perhaps typing something else.
    const insert = last.insert.slice(0, last.insert.length - next.remove) + next.insert;
    list.pop();
    if (last.remove > 0 || insert !== "") {
      list.push({ ...last, insert });
    }
  } else if (last.insert === "" && next.insert === "" && next.index + next.remove === last.index) {
    // Deleting backwards.
    list[list.length - 1] = { ...last, index: next.index, remove: next.remove + last.remove };
  } else {
    list.push(next);
  }
}
